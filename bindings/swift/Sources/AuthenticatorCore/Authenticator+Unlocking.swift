import AuthenticatorCoreBindings
import Foundation

/// Unlocking, and proofs of presence. All of them throw an ``AuthenticatorError`` for what is no everyday
/// refusal, and a `CancellationError` where the task was cancelled: the vault is locked then.
extension Authenticator {
    /// Unlocks with the platform's key. The key store is asked to unwrap, on the executor.
    public func unlockWithPlatform() async throws -> UnlockOutcome {
        try await unlock { try $0.unlockWithPlatform(now: $1) }
    }

    /// Unlocks with the PIN and, where the vault demands both, the platform's key. The try is counted
    /// before it is checked; a prompt that is dismissed is no try.
    public func unlock(pin: SecretData) async throws -> UnlockOutcome {
        try await unlock { handle, now in
            try pin.lend { try handle.unlockWithPin(pin: $0, now: now) }
        }
    }

    /// Unlocks with the recovery key.
    public func unlock(recoveryKey: RecoveryKey) async throws -> UnlockOutcome {
        try await unlock { try $0.unlockWithRecoveryKey(key: recoveryKey.object, now: $1) }
    }

    /// Begins an unlock with the platform's key, or a proof of presence: what the key store is to unwrap.
    /// Nothing is held until it is finished.
    public func beginPlatformUnlock() throws(AuthenticatorError) -> Data {
        try call { try $0.beginPlatformUnlock() }
    }

    /// Finishes an unlock with what the key store unwrapped.
    public func finishPlatformUnlock(unwrapped: SecretData) async throws -> UnlockOutcome {
        try await unlock { handle, now in
            try unwrapped.lend { try handle.finishPlatformUnlock(unwrapped: $0, now: now) }
        }
    }

    /// Begins an unlock with the PIN, or whatever else checks it: what the key store is to unwrap; none
    /// where the vault does not demand both.
    public func beginPinUnlock() throws(AuthenticatorError) -> Data? {
        try call { try $0.beginPinUnlock() }
    }

    /// Finishes an unlock with the PIN, and what the key store unwrapped.
    public func finishPinUnlock(pin: SecretData, unwrapped: SecretData) async throws -> UnlockOutcome {
        try await unlock { handle, now in
            try pin.lend { pin in
                try unwrapped.lend {
                    try handle.finishPinUnlock(pin: pin, unwrapped: $0, now: now)
                }
            }
        }
    }

    /// How many tries of the PIN are left, and how long the next has to wait: 30 seconds after the fifth
    /// wrong one, and twice as long after each that follows. Ask before the PIN is asked for.
    public func pinTries() throws(AuthenticatorError) -> PinTries {
        try call { try $0.pinTries(now: $1) }
    }

    /// Proves that the person is there, with the PIN. It counts as a try.
    public func provePresence(pin: SecretData) async throws -> PresenceOutcome {
        try await prove { handle, now in
            try pin.lend { try handle.provePresenceWithPin(pin: $0, now: now) }
        }
    }

    /// Proves that the person is there, with the platform's key. The key store is asked to unwrap.
    public func provePresenceWithPlatform() async throws -> PresenceOutcome {
        try await prove { try $0.provePresenceWithPlatform(now: $1) }
    }

    /// As ``provePresence(pin:)``, with what the key store unwrapped of what ``beginPinUnlock()`` gave.
    public func finishPresence(pin: SecretData, unwrapped: SecretData) async throws -> PresenceOutcome {
        try await prove { handle, now in
            try pin.lend { pin in
                try unwrapped.lend {
                    try handle.finishPresenceWithPin(pin: pin, unwrapped: $0, now: now)
                }
            }
        }
    }

    /// Proves that the person is there, with what the key store unwrapped of what
    /// ``beginPlatformUnlock()`` gave.
    public func finishPlatformPresence(unwrapped: SecretData) async throws -> PresenceOutcome {
        try await prove { handle, now in
            try unwrapped.lend { try handle.finishPresenceWithPlatform(unwrapped: $0, now: now) }
        }
    }

    private func unlock(
        _ body: @escaping @Sendable (AuthenticatorHandle, Moment) throws -> Unlocked
    ) async throws -> UnlockOutcome {
        do {
            let unlocked = try await slowly(body)
            try lockIfCancelled()
            return .unlocked(unlocked)
        } catch let error as AuthenticatorError {
            guard let refusal = UnlockRefusal(error) else { throw error }
            return .refused(refusal)
        }
    }

    private func prove(
        _ body: @escaping @Sendable (AuthenticatorHandle, Moment) throws -> Void
    ) async throws -> PresenceOutcome {
        do {
            try await slowly(body)
            try lockIfCancelled()
            return .proved
        } catch let error as AuthenticatorError {
            guard let refusal = UnlockRefusal(error) else { throw error }
            return .refused(refusal)
        }
    }

    /// Who asked is gone: nobody would see that the vault is open.
    private func lockIfCancelled() throws {
        guard Task.isCancelled else { return }
        lock()
        throw CancellationError()
    }
}
