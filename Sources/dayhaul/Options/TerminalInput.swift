import Glibc

/// Asks the person at the terminal for a line. Ctrl-C works meanwhile: getpass(3) would switch it off, and a plain read would not end.
enum TerminalInput {
    /// Whether somebody can be asked.
    static var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// The line typed, without its end; nil at the end of input. Throws `CancellationError` when the command is interrupted meanwhile.
    static func line(_ prompt: String, isSecret: Bool = false) throws -> String? {
        StandardError.write(prompt)
        var before = termios()
        let isKnown = tcgetattr(STDIN_FILENO, &before) == 0
        if isSecret, isKnown {
            var silent = before
            silent.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        }
        defer {
            if isSecret, isKnown {
                tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
                StandardError.write("\n")
            }
        }
        while true {
            try Task.checkCancellation()
            var ready = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            if poll(&ready, 1, 100) > 0 { return readLine() }
        }
    }
}
