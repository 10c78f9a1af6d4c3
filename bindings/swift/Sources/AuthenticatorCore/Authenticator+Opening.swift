import AuthenticatorCoreBindings
import Foundation

extension Authenticator {
    /// Makes a vault, unlocked, which the platform's key opens. The key store is asked to wrap.
    ///
    /// - Parameters:
    ///   - path: Where its file is to stand: a folder of its own, which no backup takes.
    ///   - keys: The platform's key store. It must not hold this object.
    ///   - guard: The memory outside the file. It must not hold this object.
    ///   - deviceKeys: Where the keys that approve are kept; none: in software, in the vault. It must not
    ///     hold this object.
    ///   - clock: Where each call reads the time.
    ///   - executor: Where slow calls run; a serial queue of its own by default.
    /// - Throws: ``AuthenticatorError``; `CancellationError` if the task was cancelled before.
    public static func create(
        at path: String,
        keys: any KeyWrapper,
        guard memory: any RollbackGuard,
        deviceKeys: (any DeviceKeys)? = nil,
        clock: any DeviceClock = SystemDeviceClock(),
        executor: (any BlockingExecutor)? = nil
    ) async throws -> Authenticator {
        try await opening(clock, executor) { now in
            try AuthenticatorHandle.create(
                path: path, keys: keys, guard: memory, deviceKeys: deviceKeys, now: now)
        }
    }

    /// As ``create(at:keys:guard:deviceKeys:clock:executor:)``, where the app asked the key store before.
    ///
    /// - Parameter wrapped: What it wrapped the secret of ``PlatformEnrolment/forNewVault()`` to.
    public static func finishCreate(
        at path: String,
        keys: any KeyWrapper,
        guard memory: any RollbackGuard,
        deviceKeys: (any DeviceKeys)? = nil,
        enrolment: PlatformEnrolment,
        wrapped: Data,
        clock: any DeviceClock = SystemDeviceClock(),
        executor: (any BlockingExecutor)? = nil
    ) async throws -> Authenticator {
        try await opening(clock, executor) { now in
            try AuthenticatorHandle.finishCreate(
                path: path, keys: keys, guard: memory, deviceKeys: deviceKeys, enrolment: enrolment.object,
                wrapped: wrapped, now: now)
        }
    }

    /// Opens a vault, locked. One of an older version is brought to this one; a copy of it is kept until
    /// the vault was unlocked.
    ///
    /// The parameters are those of ``create(at:keys:guard:deviceKeys:clock:executor:)``.
    public static func open(
        at path: String,
        keys: any KeyWrapper,
        guard memory: any RollbackGuard,
        deviceKeys: (any DeviceKeys)? = nil,
        clock: any DeviceClock = SystemDeviceClock(),
        executor: (any BlockingExecutor)? = nil
    ) async throws -> Authenticator {
        try await opening(clock, executor) { _ in
            try AuthenticatorHandle.open(path: path, keys: keys, guard: memory, deviceKeys: deviceKeys)
        }
    }

    /// Opens what is left of a damaged vault, locked. Once it is unlocked, everything that is whole can be
    /// read; ``salvaged()`` says what was found, and ``repair(acceptOlder:)`` makes a vault of it. The
    /// damaged file is not written to.
    ///
    /// The parameters are those of ``create(at:keys:guard:deviceKeys:clock:executor:)``.
    public static func openDamaged(
        at path: String,
        keys: any KeyWrapper,
        guard memory: any RollbackGuard,
        deviceKeys: (any DeviceKeys)? = nil,
        clock: any DeviceClock = SystemDeviceClock(),
        executor: (any BlockingExecutor)? = nil
    ) async throws -> Authenticator {
        try await opening(clock, executor) { _ in
            try AuthenticatorHandle.openDamaged(
                path: path, keys: keys, guard: memory, deviceKeys: deviceKeys)
        }
    }

    /// What was found of a damaged vault; none of one that is whole.
    public func salvaged() throws(AuthenticatorError) -> Salvaged? {
        try call { try $0.salvaged(now: $1) }
    }

    /// Makes a vault of what was found, in the damaged one's place, which is kept beside it. Look
    /// afterwards what opens the vault.
    ///
    /// - Parameter acceptOlder: Whether also what is not proved to be complete and the newest is to be
    ///   repaired: show the person what ``salvaged()`` says first.
    public func repair(acceptOlder: Bool = false) async throws -> Salvaged {
        defer { changes.send() }
        return try await slowly { try $0.repair(acceptOlder: acceptOlder, now: $1) }
    }

    /// Reads and checks every row of the file anew: how many records there are.
    public func verify() async throws -> Int {
        try await slowly { Int(try $0.verify(now: $1)) }
    }

    /// How well the platform keeps its key.
    public func securityLevel() throws(AuthenticatorError) -> SecurityLevel {
        try call { $0.securityLevel() }
    }

    /// Whether the rollback guard was told of the newest change. If not, it could not be reached; it is
    /// told with the next call. Until then an older file would not be noticed.
    public func isGuardCurrent() throws(AuthenticatorError) -> Bool {
        try call { $0.isGuardCurrent() }
    }
}
