import ArgumentParser
import Synchronization

/// A command that brings what is under way to a good end when it is interrupted, instead of being cancelled.
protocol GracefulCommand: AsyncParsableCommand {
    /// Runs until `stop` says something.
    func run(until stop: AsyncStream<Void>) async throws
}

extension GracefulCommand {
    func run() async throws { try await run(until: AsyncStream { _ in }) }
}

/// Passes an interruption on to a graceful command, once there is one.
final class GracefulStop: Sendable {
    private let listener = Mutex<AsyncStream<Void>.Continuation?>(nil)

    /// What a command is stopped by; interruptions cancel it no more.
    func expected() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        listener.withLock { $0 = continuation }
        return stream
    }

    /// False when nobody expects it: then the command is to be cancelled.
    func passOn() -> Bool { listener.withLock { $0?.yield() } != nil }
}
