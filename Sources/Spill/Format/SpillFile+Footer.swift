extension SpillFile {
    /// The footer: one line of JSON (RFC 8259) with its keys in this order, between line feeds, so that `grep -a '^{"format"'`
    /// shows it.
    func footer() -> [UInt8] {
        var json = FooterWriter()
        json.open("format")
        json.integer(1)
        json.key("tenant")
        json.text(identity.tenant)
        json.key("report")
        json.text(identity.report)
        json.key("day")
        json.text(identity.day)
        json.key("reportVersion")
        json.text(identity.reportVersion)
        json.key("columns")
        json.texts(identity.columns)
        json.key("plan")
        json.text(identity.plan)
        json.key("rows")
        json.integer(rows)
        json.key("contentBytes")
        json.integer(contentBytes)
        json.key("compressedBytes")
        json.integer(compressedBytes)
        json.key("digest")
        json.text(digest)
        json.key("sourcePosition")
        json.text(sourcePosition)
        json.key("complete")
        json.isTrue()
        return json.close()
    }

    /// Reads back what ``footer()`` made; nil for anything else, other orders of keys included.
    init?(footer: [UInt8], run: String, name: String, frameChecksum: UInt64) {
        var json = FooterReader(footer)
        guard json.open("format"), json.integer() == 1,
            json.key("tenant"), let tenant = json.text(),
            json.key("report"), let report = json.text(),
            json.key("day"), let day = json.text(),
            json.key("reportVersion"), let reportVersion = json.text(),
            json.key("columns"), let columns = json.texts(),
            json.key("plan"), let plan = json.text(),
            json.key("rows"), let rows = json.integer(),
            json.key("contentBytes"), let contentBytes = json.integer(),
            json.key("compressedBytes"), let compressedBytes = json.integer(),
            json.key("digest"), let digest = json.text(),
            json.key("sourcePosition"), let sourcePosition = json.text(),
            json.key("complete"), json.isTrue(), json.close()
        else { return nil }
        self.init(
            run: run, name: name,
            identity: SpillIdentity(
                tenant: tenant, report: report, day: day, reportVersion: reportVersion, columns: columns, plan: plan),
            rows: rows, contentBytes: contentBytes, compressedBytes: compressedBytes, frameChecksum: frameChecksum,
            digest: digest, sourcePosition: sourcePosition)
        // There is one text for every footer: no leading zeros, no needless escapes.
        if self.footer() != footer { return nil }
    }
}
