/// The beginning of `/proc/<pid>/stat`: the process id, the program's name in parentheses, the state.
struct ProcessStatus: Equatable {
    let name: String
    let isZombie: Bool

    /// What `/proc` shows of a process; nil when it is gone.
    init?(of process: Int32) {
        guard let text = PrivateFile.read("/proc/\(process)/stat") else { return nil }
        self.init(text)
    }

    init?(_ text: String) {
        // The name may itself hold parentheses and spaces: it ends with the last one.
        guard let start = text.firstIndex(of: "("), let end = text.lastIndex(of: ")"), start < end else { return nil }
        name = String(text[start..<end].dropFirst())
        isZombie = text[end...].dropFirst(2).first == "Z"
    }

    /// Whether it is alive and PostgreSQL's.
    var isServerProgram: Bool { !isZombie && ServerPrograms.Program(rawValue: name) != nil }
}
