import PostgresBinary
import Reports
import Spill

/// Looks through a spilled day for the two rows that a unique index refused. Runs after a failure only.
struct DuplicateFinder {
    private let report: ReportDefinition
    /// Positions of the key's columns.
    private let fields: [Int]
    private let isWhole: Bool
    private let open: () throws -> SpillReader

    /// The values of the key that was refused, as the server prints them; nil where it did not.
    private let values: Substring?

    /// Nil when the key is not one of plain columns. `key` is as the server names it, `(id)=(7)`; `open` reads the day's file anew, which
    /// `isWhole` says to have all of its rows.
    init?(_ key: String, of report: ReportDefinition, isWhole: Bool, _ open: @escaping () throws -> SpillReader) {
        let names = key.dropFirst().prefix { $0 != ")" }.split(separator: ",").map { $0.filter { $0 != " " && $0 != "\"" } }
        fields = names.compactMap { name in report.columns.firstIndex { $0.name == name } }
        guard !fields.isEmpty, fields.count == names.count else { return nil }
        values = key.firstRange(of: ")=(").map { key[$0.upperBound...].dropLast() }
        self.report = report
        self.isWhole = isWhole
        self.open = open
    }

    /// `(id)=(7): rows 17 and 803 of the day: id = 7, logged_time = … and id = 7, logged_time = …`; nil when no two rows are found. The key
    /// is that of these rows: where a day has several such keys and none is found that reads as the one that was refused, another of them.
    func describe() throws -> String? {
        guard let (first, second, values) = try pair() else { return nil }
        var texts: [String] = []
        let shown = fields.map { report.columns[$0].name } + report.keyColumns + [report.columns[report.dayColumn].name]
        try forEachRow { number, row in
            if number == first || number == second { texts.append(RowText.describe(row.rowBytes, report.columns, shown)) }
        }
        // Among some rows of a day their numbers say nothing.
        let which = isWhole ? "rows \(first) and \(second) of the day" : "two rows of the day"
        let names = fields.map { report.columns[$0].name }.joined(separator: ", ")
        return "(\(names))=(\(values)): \(which): \(texts.joined(separator: " and "))"
    }

    /// The numbers of two rows, from 1, whose keys have the same 128-bit hash, and their key: the one that was refused if it can be found,
    /// else the first. Takes about 40 bytes a row.
    private func pair() throws -> (Int, Int, values: String)? {
        var seen: [RowDigest: Int] = [:]
        var found: (Int, Int, values: String)?
        var key = CopyBinaryWriter(capacity: 256)
        try forEachRow { number, row in
            guard found == nil || found?.values != values.map(String.init) && values != nil else { return }
            key.removeAll()
            key.beginRow(fieldCount: fields.count)
            for field in 0..<row.fieldCount {
                let bytes = try row.nextField()
                guard fields.contains(field) else { continue }
                // NULL breaks no unique index.
                guard let bytes else { return }
                key.writeField(bytes)
            }
            var digest = RowDigest()
            digest.add(key.lastRow)
            guard let first = seen.updateValue(number, forKey: digest) else { return }
            let text = RowText.values(row.rowBytes, report.columns, fields)
            if found == nil || text == values.map(String.init) { found = (first, number, text) }
        }
        return found
    }

    private func forEachRow(_ body: (Int, inout FieldCursor) throws -> Void) throws {
        var file = try open()
        var rows = CopyBinaryReader(fieldCount: report.columns.count)
        var number = 0
        while try file.advance() {
            try rows.feed(file.block) { row in
                number += 1
                try body(number, &row)
            }
        }
    }
}
