import ArgumentParser
import SQLText
import Warehouse

struct KeyAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Puts a new key first in the key file: it seals from here on, the others still open.",
        discussion: "The file is replaced as a whole. Passwords stay sealed as they are until dayhaul tenant set --reseal '*'.")

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Say what would be added, and add nothing.")
    var dryRun = false

    func run() async throws {
        let settings = try await Settings(global)
        let keyFile = try settings.keyFile
        let before = try settings.keys()
        let after = dryRun ? before : try KeyRing.change(fileAt: keyFile) { (keys) throws(WarehouseError) in keys.addingKey() }
        if global.json {
            return try StandardOutput.writeJSON(
                KeyChangeDocument(keyFile: keyFile, keys: after.ids, added: dryRun ? nil : after.activeKeyID))
        }
        if dryRun { return StandardOutput.print("would put a new key before \(before.ids.joined(separator: ", ")) in \(keyFile)") }
        StandardOutput.print(
            "added key \(after.activeKeyID) to \(keyFile), which seals from here on: keep a copy of the file in a safe place")
        StandardOutput.print(
            "next, when every machine that runs dayhaul has it: dayhaul tenant set --reseal '*'; dayhaul key remove \(Shell.word(after.ids[1]))"
        )
    }
}
