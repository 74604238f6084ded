/// How the program ends. Thrown by a command that has said all there is to say.
enum ExitStatus: Int32, Error {
    case done = 0
    /// Nothing could be done.
    case failed = 1
    /// Bad usage or configuration.
    case usage = 2
    /// Some tenants or days failed, the others are done.
    case partial = 3
    case interrupted = 130
}
