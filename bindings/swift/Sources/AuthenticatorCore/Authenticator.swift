import AuthenticatorCoreBindings
import Foundation

/// A vault, and everything an app does with it.
///
/// ```swift
/// let authenticator = try await Authenticator.open(at: path, keys: keys, guard: memory)
/// if case .unlocked = try await authenticator.unlockWithPlatform() {
///     for try await codes in authenticator.codeUpdates() { show(codes) }
/// }
/// ```
///
/// It may be used from any thread and any actor. Calls that take a millisecond or less are ordinary
/// functions; what stretches a PIN, changes keys or may show a prompt is `async`, and runs on the
/// ``BlockingExecutor``. A call is done when it returns, and what it changed is durable then.
///
/// The vault is locked by ``lock()``, and by itself as ``setAutoLock(_:presenceSeconds:)`` says. The file
/// is let go by ``close()``, or with the last reference to this object. `keys` and `guard` must not hold
/// the object: none of the two would ever go.
///
/// A task that is cancelled before its call began does nothing. One that is under way is not
/// interrupted: an unlock that succeeds all the same is locked again, and the task gets a
/// `CancellationError`; a change is made, and the task gets what it gave.
public final class Authenticator: Sendable {
    let executor: any BlockingExecutor
    let changes = ChangeSignal()
    /// Tells those who carry that there may be more to send.
    let approvalWork = ChangeSignal()
    private let approvalTurn = NSLock()
    private let clock: any DeviceClock
    private let handle: Guarded<AuthenticatorHandle?>

    init(_ handle: AuthenticatorHandle, clock: any DeviceClock, executor: any BlockingExecutor) {
        self.handle = Guarded(handle)
        self.clock = clock
        self.executor = executor
    }

    /// The version of the library, as `1.2.3`.
    public static var libraryVersion: String { AuthenticatorCoreBindings.libraryVersion() }

    /// Locks the vault: every key and all contents in memory are overwritten. An unlock that is under
    /// way does not open it. Nothing happens after ``close()``.
    public func lock() {
        handle.withLock { $0 }?.lock()
        changes.send()
        approvalWork.send()
    }

    /// Locks the vault, and lets the file go once the calls that are under way are done. Every call
    /// throws ``AuthenticatorError/closed`` from then on. Closing twice is no error.
    public func close() {
        let last = handle.withLock { handle in
            defer { handle = nil }
            return handle
        }
        last?.lock()
        changes.send()
        approvalWork.send()
    }

    /// Calls the door now.
    func call<T>(
        _ body: (AuthenticatorHandle, Moment) throws -> T
    ) throws(AuthenticatorError) -> T {
        let handle = try open()
        let now = try Self.moment(of: clock)
        return try Self.told { try body(handle, now) }
    }

    /// Calls the door, which takes no time.
    func call<T>(_ body: (AuthenticatorHandle) throws -> T) throws(AuthenticatorError) -> T {
        let handle = try open()
        return try Self.told { try body(handle) }
    }

    /// Changes what codes there are, and tells those who show them.
    func change<T>(
        _ body: (AuthenticatorHandle, Moment) throws -> T
    ) throws(AuthenticatorError) -> T {
        defer { changes.send() }
        return try call(body)
    }

    /// Calls the door on the executor.
    func slowly<T: Sendable>(
        _ body: @escaping @Sendable (AuthenticatorHandle, Moment) throws -> T
    ) async throws -> T {
        try await executor.run { [self] in try call(body) }
    }

    /// As ``slowly(_:)``, for what the core does one at a time.
    func inTurn<T: Sendable>(
        _ body: @escaping @Sendable (AuthenticatorHandle, Moment) throws -> T
    ) async throws -> T {
        try await executor.run { [self] in try approvalTurn.withLock { try call(body) } }
    }

    /// As ``inTurn(_:)``, where something may have to be sent afterwards.
    func approving<T: Sendable>(
        _ body: @escaping @Sendable (AuthenticatorHandle, Moment) throws -> T
    ) async throws -> T {
        defer { approvalWork.send() }
        return try await inTurn(body)
    }

    /// Makes an object of what `body` opens, on the executor.
    static func opening(
        _ clock: any DeviceClock,
        _ executor: (any BlockingExecutor)?,
        _ body: @escaping @Sendable (Moment) throws -> AuthenticatorHandle
    ) async throws -> Authenticator {
        let queue = DispatchQueue(label: "org.authenticatorcore", qos: .userInitiated)
        let executor = executor ?? queue
        return try await executor.run {
            let now = try moment(of: clock)
            return Authenticator(try told { try body(now) }, clock: clock, executor: executor)
        }
    }

    /// What `body` gives, and as this layer's error what it throws.
    static func told<T>(_ body: () throws -> T) throws(AuthenticatorError) -> T {
        do {
            return try body()
        } catch {
            throw AuthenticatorError(error)
        }
    }

    private func open() throws(AuthenticatorError) -> AuthenticatorHandle {
        guard let open = handle.withLock({ $0 }) else { throw .closed }
        return open
    }

    private static func moment(of clock: any DeviceClock) throws(AuthenticatorError) -> Moment {
        do {
            return try clock.now()
        } catch {
            throw .clockUnavailable
        }
    }
}

extension Authenticator: CustomStringConvertible, CustomReflectable {
    /// Nothing of what is in the vault.
    public var description: String { "Authenticator" }

    /// Nothing of what is in the vault.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
