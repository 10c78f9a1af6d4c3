import Foundation

/// Where slow calls run: those that stretch a PIN or wait for a prompt block their thread, and so must
/// not run on Swift's own pool, which has one thread for each core.
///
/// A `DispatchQueue` is one; each ``Authenticator`` has a serial queue of its own by default.
public protocol BlockingExecutor: Sendable {
    /// Runs `work` once, on a thread that may be blocked for a second, or for as long as a prompt is on
    /// the screen.
    func execute(_ work: @escaping @Sendable () -> Void)
}

extension DispatchQueue: BlockingExecutor {
    /// Runs `work` on the queue.
    public func execute(_ work: @escaping @Sendable () -> Void) {
        async(execute: DispatchWorkItem(block: work))
    }
}

extension BlockingExecutor {
    /// What `work` gave, once it ran. A task that is cancelled before it began does nothing; one that
    /// is under way goes on to its end.
    func run<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try Task.checkCancellation()
        return try await withCheckedThrowingContinuation { continuation in
            execute { continuation.resume(with: Result { try work() }) }
        }
    }
}
