import ArgumentParser
import PlainText
import FoundationEssentials
import PostgresBinary
import Sizing

struct SizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "size", abstract: "Says which RDS class a warehouse needs, how long the night is, and what a month costs.",
        usage: "dayhaul size FILE … [--window DURATION] [--tenants N] [--rows-per-day N] [--days N] [<options>]",
        discussion: """
            Reads measurements that dayhaul bench has written; nothing is connected to. Of every class of the catalogue it predicts the \
            night with an interval, names what binds (CPU, EBS, the volume, the network, streams, memory, connections, the client), says PASS, \
            FAIL or UNCERTAIN for the window, and prices it. UNCERTAIN is said where the window lies in the interval, and where too little \
            was measured.

            Half of a class's CPU, disk and network is left to those who read the warehouse meanwhile; --reserve-for-readers says another \
            share, 0% for nobody. Burstable classes are left out unless --allow-burstable is given, or --class names one.

            Without --tenants, --rows-per-day and --days a night is the data that were measured. --html writes one page with charts, which \
            needs no network.

              dayhaul size bench.json --tenants 40 --rows-per-day 20000 --days 2 \\
                      --current-cost 8000
            """)

    @Argument(help: ArgumentHelp("Measurement files of one machine.", valueName: "file"), completion: .file(extensions: ["json"]))
    var files: [String] = []

    @OptionGroup var question: QuestionOptions

    @Option(
        help: ArgumentHelp("Catalogue of classes and prices, as JSON, in place of the program's own.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var catalogue: String?

    @Flag(help: "Print the program's own catalogue, to change it, and stop.")
    var printCatalogue = false

    @Option(
        help: ArgumentHelp("Write the answer as one HTML page with charts.", valueName: "file"), completion: .file(extensions: ["html"]))
    var html: String?

    @Flag(help: "Print one JSON document on standard output and nothing else there.")
    var json = false

    func validate() throws {
        guard printCatalogue || !files.isEmpty else { throw ValidationError("name at least one measurement file") }
    }

    func run() async throws {
        guard !printCatalogue else { return print(String(decoding: Catalogue.includedFile, as: UTF8.self), terminator: "") }
        let measurements = try Measurements.joined(files.map(InputFile.measurements))
        let catalogue = try catalogue.map(InputFile.catalogue) ?? Catalogue.included()
        let answer = try Answer(question.question(for: measurements), measurements, catalogue, today: .today)
        if let html {
            try InputFile.write(answer.html, to: html)
            if !json { StandardError.write("wrote \(html)\n") }
        }
        StandardOutput.print(json ? PlainText.json(String(decoding: try answer.json(), as: UTF8.self)) : answer.text)
    }
}

extension CalendarDate {
    /// Today, UTC. The clock of no machine is outside the calendar.
    fileprivate static var today: CalendarDate {
        let days = (Date().timeIntervalSince1970 / 86_400).rounded(.down)
        // 2000-01-01 is the 10,957th day after 1970-01-01.
        return CalendarDate(daysSince2000: Int(days) - 10_957) ?? .first
    }
}
