import ArgumentParser
import Glibc
import UnixSignals

/// Parses the command line, runs the command, and ends with the contract's exit status.
@main
enum Main {
    static func main() async {
        // A reader that goes away ends a write with EPIPE, not the program.
        signal(SIGPIPE, SIG_IGN)
        let status = await interruptible(Array(CommandLine.arguments.dropFirst()))
        fflush(nil)
        exit(status.rawValue)
    }

    /// The first SIGINT or SIGTERM cancels the command, which ends what it does on the servers too; the second ends the program at once.
    private static func interruptible(_ arguments: [String]) async -> ExitStatus {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return await withTaskGroup(of: ExitStatus?.self) { group in
            group.addTask { await execute(arguments) }
            group.addTask {
                for await _ in signals { return nil }
                return nil
            }
            if let status = await group.next() ?? nil {
                group.cancelAll()
                return status
            }
            StandardError.write("interrupted: ending what is under way; once more ends at once\n")
            // Cancelled tasks get no more signals from the sequence; the default action ends the program as the second one should.
            signal(SIGINT, SIG_DFL)
            signal(SIGTERM, SIG_DFL)
            group.cancelAll()
            while let next = await group.next() {
                if let next { return next == .done ? .interrupted : next }
            }
            return .interrupted
        }
    }

    private static func execute(_ arguments: [String]) async -> ExitStatus {
        do {
            var command = try Dayhaul.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return .done
        } catch let status as ExitStatus {
            return status
        } catch {
            return report(error)
        }
    }

    private static func report(_ error: any Error) -> ExitStatus {
        // Help and version are thrown too, and are no errors.
        switch Dayhaul.exitCode(for: error) {
        case .success:
            print(Dayhaul.fullMessage(for: error))
            return .done
        case .validationFailure:
            StandardError.write(Dayhaul.fullMessage(for: error) + "\n")
            return .usage
        default:
            let failure = CommandFailure(error)
            StandardError.write("dayhaul: \(failure.text)\n")
            return failure.status
        }
    }
}
