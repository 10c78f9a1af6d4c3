import AuthenticatorCoreBindings
import Foundation

/// What goes on off the screen, and the phone's clock.
extension Authenticator {
    /// Whether the vault is unlocked now.
    public func isUnlocked() throws(AuthenticatorError) -> Bool {
        try call { try $0.isUnlocked(now: $1) }
    }

    /// Closes the file, everything in it durable, so that the process may be stopped. What is unlocked
    /// stays so in memory; calls that need the file throw ``AuthenticatorError/suspended`` until
    /// ``resume()``. An app or extension that shares its container is killed if it is suspended while it
    /// has a file in it locked.
    public func suspend() throws(AuthenticatorError) {
        try call { try $0.suspend() }
    }

    /// Opens the file again. Where its keys were changed meanwhile, the vault is locked.
    public func resume() throws(AuthenticatorError) {
        defer { changes.send() }
        try call { try $0.resume() }
    }

    /// Call when the app leaves the screen.
    public func enterBackground() throws(AuthenticatorError) {
        try call { try $0.enterBackground(now: $1) }
    }

    /// Call when the app comes back to the screen; then ask ``isUnlocked()``.
    public func enterForeground() throws(AuthenticatorError) {
        try change { try $0.enterForeground(now: $1) }
    }

    /// Call when the person does something: that keeps the vault open.
    public func noteInteraction() throws(AuthenticatorError) {
        try call { try $0.noteInteraction(now: $1) }
    }

    /// When the vault locks by itself.
    public func autoLock() throws(AuthenticatorError) -> AutoLock {
        try call { try $0.autoLock(now: $1) }
    }

    /// Sets when the vault locks by itself. The person has to have proved presence of late.
    ///
    /// - Parameters:
    ///   - autoLock: When.
    ///   - presenceSeconds: For how many seconds a proof of presence is good, at least one.
    public func setAutoLock(
        _ autoLock: AutoLock,
        presenceSeconds: UInt32
    ) throws(AuthenticatorError) {
        try call {
            try $0.setAutoLock(autoLock: autoLock, presenceSeconds: presenceSeconds, now: $1)
        }
    }

    /// Takes an older file for the newest, as after a backup was restored: it can be written to again. The
    /// person has to have proved presence of late.
    public func acceptRollback() async throws {
        try await slowly { try $0.acceptRollback(now: $1) }
    }

    /// Destroys the vault: what opens it, the file, every copy beside it, and the platform's key. After an
    /// error it may not be done to the end; call it again. The person has to have proved presence of late.
    public func wipe() async throws {
        defer { changes.send() }
        try await slowly { try $0.wipe(now: $1) }
    }

    /// Takes a sample of a server's clock, to tell how far the phone's is off.
    public func learnTime(_ sample: ClockSample) throws(AuthenticatorError) {
        defer { changes.send() }
        try call { try $0.learnTime(sample: sample) }
    }

    /// How far the phone's clock is off; none before the first sample after a start.
    public func clockOffset() throws(AuthenticatorError) -> ClockOffset? {
        try call { try $0.clockOffset(now: $1) }
    }

    /// Whether the phone's clock is so wrong that codes which live so long may be refused.
    public func isClockOff(periodSeconds: UInt32 = 30) throws(AuthenticatorError) -> Bool {
        try call { try $0.isClockOff(periodSeconds: periodSeconds, now: $1) }
    }

    /// The time by the samples, in whole seconds; the phone's own without any.
    public func correctedTime() throws(AuthenticatorError) -> Date {
        try call { Date(millis: try $0.correctedTimeMillis(now: $1)) }
    }

    /// What the clock shows now: for the moments of a ``ClockSample``.
    public func moment() throws(AuthenticatorError) -> Moment {
        try call { $1 }
    }

    /// Has `listener` told where a panic was from now on; none ends that. A panic is a bug of the library:
    /// the call throws ``AuthenticatorError/internalError``. What is told is a file of the library, a line
    /// and a column, and may be logged. It is told on the thread of the call, and must not call the
    /// library.
    public static func reportPanics(to listener: (@Sendable (_ location: String) -> Void)?) {
        setPanicListener(listener: listener.map(Listener.init))
    }
}

private final class Listener: PanicListener {
    private let hear: @Sendable (String) -> Void

    init(_ hear: @escaping @Sendable (String) -> Void) {
        self.hear = hear
    }

    func panicked(location: String) {
        hear(location)
    }
}
