import ArgumentParser
import CMalloc
import Glibc
import UnixSignals

/// Parses the command line, runs the command, and ends with the contract's exit status.
@main
enum Main {
    static func main() async {
        // A reader that goes away ends a write with EPIPE, not the program.
        signal(SIGPIPE, SIG_IGN)
        // Blocks of rows go back to the system when they are freed. By itself glibc raises this bound with the first of them, and then keeps
        // them (mallopt(3)).
        mallopt(M_MMAP_THRESHOLD, 128 << 10)
        let status = await attended(Array(CommandLine.arguments.dropFirst()))
        fflush(nil)
        exit(status.rawValue)
    }

    /// The first SIGINT or SIGTERM cancels the command, which ends what it does on the servers too, or stops it where it is a graceful one;
    /// the second ends the program at once.
    private static func attended(_ arguments: [String]) async -> ExitStatus {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let (interruption, wish) = AsyncStream<Void>.makeStream()
        let stop = GracefulStop()
        return await withTaskGroup(of: ExitStatus?.self) { group in
            group.addTask { await interruptible(arguments, by: interruption, stop) }
            group.addTask {
                var isFirst = true
                for await _ in signals {
                    guard isFirst else { _exit(ExitStatus.interrupted.rawValue) }
                    isFirst = false
                    endAtNextSignal()
                    StandardError.write("interrupted: ending what is under way; once more ends at once\n")
                    if !stop.passOn() { wish.yield() }
                }
                return nil
            }
            while let next = await group.next() {
                guard let next else { continue }
                group.cancelAll()
                return next
            }
            return .failed
        }
    }

    /// The second signal must not wait for a free thread: a handler ends the program. Dispatch may still take that signal from its
    /// descriptor (signalfd(2)) before a thread can handle it, and then passes it to the sequence, which is why that is read on.
    private static func endAtNextSignal() {
        for number in [SIGINT, SIGTERM] { signal(number) { _ in _exit(ExitStatus.interrupted.rawValue) } }
    }

    private static func interruptible(
        _ arguments: [String], by interruption: AsyncStream<Void>, _ stop: GracefulStop
    ) async -> ExitStatus {
        await withTaskGroup(of: ExitStatus?.self) { group in
            group.addTask { await execute(arguments, stop) }
            group.addTask {
                for await _ in interruption { break }
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            // Whatever an interrupted command ends with, it was interrupted.
            return first ?? .interrupted
        }
    }

    private static func execute(_ arguments: [String], _ stop: GracefulStop) async -> ExitStatus {
        do {
            var command = try await Dayhaul.asyncParseAsRoot(arguments)
            if let command = command as? any GracefulCommand {
                try await command.run(until: stop.expected())
            } else if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return .done
        } catch let status as ExitStatus {
            return status
        } catch {
            return report(error, arguments)
        }
    }

    private static func report(_ error: any Error, _ arguments: [String]) -> ExitStatus {
        let failure: CommandFailure
        switch Dayhaul.exitCode(for: error) {
        case .success:
            // Help and version are thrown too, and are no errors.
            StandardOutput.print(Dayhaul.fullMessage(for: error))
            return .done
        case .validationFailure:
            // The parser reports what is missing first, and that may be what was misspelt.
            if let advice = (try? CommandTree.program()).flatMap({ UsageAdvice.about(arguments, in: $0) }) {
                failure = CommandFailure(usage: advice.message, hint: advice.hint)
                StandardError.write("dayhaul: \(failure.text)\n")
            } else {
                failure = CommandFailure(usage: Dayhaul.message(for: error))
                StandardError.write(Dayhaul.fullMessage(for: error) + "\n")
            }
        default:
            failure = CommandFailure(error)
            if failure.status != .interrupted { StandardError.write("dayhaul: \(failure.text)\n") }
        }
        if arguments.prefix(while: { $0 != "--" }).contains("--json") { try? StandardOutput.writeJSON(failure) }
        return failure.status
    }
}
