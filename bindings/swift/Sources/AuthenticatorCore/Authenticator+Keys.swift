import AuthenticatorCoreBindings
import Foundation

/// What opens the vault, and its changes. The person has to have proved presence of late for each. Each
/// takes what the key store answered before, where a prompt came between (`answers`); without that, the
/// key store is asked during the call.
///
/// `cost` says what stretching a new PIN is to cost: take ``PinCost/calibrated(on:)``, once, when the PIN
/// is set.
extension Authenticator {
    /// What opens this vault, besides the recovery key.
    public func protection() throws(AuthenticatorError) -> Protection {
        try call { try $0.protection() }
    }

    /// Whether a PIN may be a new one, before it is asked for a second time: throws
    /// ``AuthenticatorError/invalidPin(problem:)`` if not.
    public static func checkNewPin(_ pin: SecretData) throws(AuthenticatorError) {
        try told { try pin.lend { try AuthenticatorCoreBindings.checkNewPin(pin: $0) } }
    }

    /// Begins a change of keys in which a prompt comes between, with a new secret for the key store to
    /// wrap. Nothing is held until it is finished.
    public func beginPlatformEnrolment() throws(AuthenticatorError) -> PlatformEnrolment {
        try call { PlatformEnrolment(try $0.beginPlatformEnrolment()) }
    }

    /// Wraps the vault's platform secret anew, as after a biometric was enrolled.
    public func enrolPlatform() async throws {
        try await slowly { try $0.enrolPlatform(now: $1) }
    }

    /// As ``enrolPlatform()``, with what the key store wrapped the enrolment's secret to.
    public func finishPlatformEnrolment(_ enrolment: PlatformEnrolment, wrapped: Data) async throws {
        try await slowly {
            try $0.finishPlatformEnrolment(enrolment: enrolment.object, wrapped: wrapped, now: $1)
        }
    }

    /// Sets the vault's first PIN, or another in place of it. It opens the vault beside the platform's
    /// key, or together with it where the vault demands both.
    public func setPin(
        _ pin: SecretData,
        cost: PinCost,
        answers: PlatformAnswers? = nil
    ) async throws {
        try await slowly { handle, now in
            try pin.lend {
                try handle.setPin(pin: $0, cost: cost, answers: answers?.object, now: now)
            }
        }
    }

    /// Changes what opens the vault, so that what is left out opens nothing any more.
    ///
    /// - Parameters:
    ///   - protection: What is to open it.
    ///   - pin: The PIN that the vault is to have, the one that it has or a new one, and its cost.
    ///   - recoveryKey: Needed if there is one.
    ///   - answers: Where a prompt came between.
    public func protect(
        by protection: Protection,
        pin: (SecretData, PinCost)? = nil,
        recoveryKey: RecoveryKey? = nil,
        answers: PlatformAnswers? = nil
    ) async throws {
        try await slowly { handle, now in
            try lend(pin) { pin, cost in
                try handle.protect(
                    protection: protection, pin: pin, cost: cost, recoveryKey: recoveryKey?.object,
                    answers: answers?.object, now: now)
            }
        }
    }

    /// Replaces the master key and seals everything anew; what opens the vault stays.
    ///
    /// - Parameters:
    ///   - pin: The vault's PIN, if there is one, and what it is to cost from now on. It counts as a try.
    ///   - recoveryKey: Needed if there is one.
    ///   - answers: Where a prompt came between.
    public func rotate(
        pin: (SecretData, PinCost)? = nil,
        recoveryKey: RecoveryKey? = nil,
        answers: PlatformAnswers? = nil
    ) async throws {
        try await slowly { handle, now in
            try lend(pin) { pin, cost in
                try handle.rotate(
                    pin: pin, cost: cost, recoveryKey: recoveryKey?.object,
                    answers: answers?.object, now: now)
            }
        }
    }

    /// Gives the vault a recovery key, to be shown once and written down. Where it had one, that opens
    /// nothing any more. It counts as none until ``confirm(_:)``.
    ///
    /// - Parameters:
    ///   - pin: The vault's PIN and its cost; needed where there are a PIN and a recovery key already.
    ///   - answers: Where a prompt came between.
    public func issueRecoveryKey(
        pin: (SecretData, PinCost)? = nil,
        answers: PlatformAnswers? = nil
    ) async throws -> RecoveryKey {
        try await slowly { handle, now in
            try lend(pin) { pin, cost in
                RecoveryKey(
                    try handle.issueRecoveryKey(
                        pin: pin, cost: cost, answers: answers?.object, now: now))
            }
        }
    }

    /// Confirms that the person has written the recovery key down: the one that was typed.
    public func confirm(_ recoveryKey: RecoveryKey) async throws {
        try await slowly { try $0.confirmRecoveryKey(key: recoveryKey.object, now: $1) }
    }

    /// Whether the vault has a recovery key.
    public func hasRecoveryKey() throws(AuthenticatorError) -> Bool {
        try call { $0.hasRecoveryKey() }
    }

    /// Whether the vault has a recovery key that the person confirmed.
    public func isRecoveryKeyConfirmed() throws(AuthenticatorError) -> Bool {
        try call { try $0.isRecoveryKeyConfirmed(now: $1) }
    }

    /// Does without a recovery key: a forgotten PIN, or a lost phone, then loses all.
    ///
    /// - Parameter words: Those that the person agreed to; they are kept, at most 1024 bytes.
    public func waiveRecovery(words: String) throws(AuthenticatorError) {
        try call { try $0.waiveRecovery(words: words, now: $1) }
    }

    /// Whether a forgotten PIN does not lose all, or the person agreed to that. Until then, a vault cannot
    /// demand its PIN: lead the person through this first.
    public func isRecoverySettled() throws(AuthenticatorError) -> Bool {
        try call { try $0.isRecoverySettled(now: $1) }
    }
}

/// The PIN as the door takes it: empty for none, whose cost nobody looks at.
private func lend<R>(
    _ pin: (SecretData, PinCost)?,
    _ body: (Data, PinCost) throws -> R
) throws -> R {
    guard let (pin, cost) = pin else { return try body(Data(), PinCost(memoryKib: 0, passes: 0)) }
    return try pin.lend { try body($0, cost) }
}

extension PinCost {
    /// The cost at which a try takes this device about half a second, and no more memory than it has.
    /// Measured for up to two seconds.
    ///
    /// - Parameter executor: Where it is measured; a queue of its own by default.
    public static func calibrated(on executor: (any BlockingExecutor)? = nil) async throws -> PinCost {
        let queue = DispatchQueue(label: "org.authenticatorcore.cost", qos: .userInitiated)
        return try await (executor ?? queue).run { calibratePinCost() }
    }
}
