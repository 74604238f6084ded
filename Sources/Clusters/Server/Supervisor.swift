internal import Glibc
internal import SystemPackage

/// This process's end of the line to a small shell that keeps a supervised server alive.
///
/// The shell starts the server, then waits for a word. A word lets it go; the end of the line, which comes with the end of this
/// process however it ends, makes it stop the server at once. PR_SET_PDEATHSIG would be simpler but Linux clears it when the child
/// changes its user (prctl(2)).
struct Supervisor: ~Copyable {
    private let line: Int32

    /// The other end, which the shell has as its standard input.
    let shellEnd: FileDescriptor

    /// Connects the two ends.
    init() throws {
        var ends: [Int32] = [-1, -1]
        try systemCall("connect a supervisor") {
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends)
        }
        line = ends[0]
        shellEnd = FileDescriptor(rawValue: ends[1])
    }

    deinit {
        close(line)
        close(shellEnd.rawValue)
    }

    /// Lets the shell go; the server, if it runs, is no longer looked after.
    consuming func release() {
        // The shell may be gone: without the flag its closed end would be a SIGPIPE.
        send(line, "\n", 1, Int32(MSG_NOSIGNAL))
    }

    /// The shell's program: `pg_ctl`, data directory, log file and seconds to wait are its arguments.
    static let script = """
        exec 3<&0 </dev/null
        "$1" start -s -w -t "$4" -D "$2" -l "$3" 3<&- || { failure=$?; "$1" stop -s -m immediate -D "$2" 3<&-; exit $failure; }
        { read -r word <&3 || exec "$1" stop -s -m immediate -D "$2" 3<&-; } >/dev/null 2>&1 &
        """
}
