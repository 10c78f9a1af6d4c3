import AuthenticatorCoreBindings
import Foundation

/// What became of an unlock.
public enum UnlockOutcome: Equatable, Sendable {
    /// The vault is open. Show the person what is doubtful about it.
    case unlocked(Unlocked)
    /// It is not, for a reason that an app meets every day. Anything else is thrown.
    case refused(UnlockRefusal)
}

/// What became of a proof of presence.
public enum PresenceOutcome: Equatable, Sendable {
    /// The person is there.
    case proved
    /// That is not proved, for a reason that an app meets every day. Anything else is thrown.
    case refused(UnlockRefusal)
}

/// Why a PIN, a prompt or a recovery key did not open the vault.
public enum UnlockRefusal: Equatable, Sendable {
    /// Wrong PIN, with so many tries left before it is destroyed; or not the vault's recovery key, whose
    /// tries are not counted. Ask again.
    case wrongSecret(triesLeft: Int?)
    /// After wrong tries the next one has to wait. This one was not made, and not counted; the other
    /// ways to unlock do not wait.
    ///
    /// - Parameters:
    ///   - wait: How long it still has to wait, in seconds.
    ///   - until: When that is over by the wall clock, if nobody sets it.
    case throttled(wait: TimeInterval, until: Date)
    /// The PIN was destroyed after ten wrong tries: offer another way, then have a PIN set anew.
    case pinDestroyed
    /// The PIN cannot be used on this device, as after a reinstallation or a restore: offer another way,
    /// then have a PIN set anew.
    case pinUnusable
    /// The person dismissed the prompt. Nothing was tried or counted.
    case promptDismissed
    /// Too many wrong fingers or faces: offer another way.
    case sensorLockedOut
    /// No finger, face or passcode is set up: offer another way.
    case screenLockMissing
    /// The platform's key is gone or another one: offer another way, then enrol it anew.
    case platformKeyLost

    init?(_ error: AuthenticatorError) {
        switch error {
        case .wrongSecret(let left): self = .wrongSecret(triesLeft: left)
        case .pinThrottled(let wait, let until): self = .throttled(wait: wait, until: until)
        case .slotDestroyed: self = .pinDestroyed
        case .guardMissing, .unsafeParameters: self = .pinUnusable
        case .promptCancelled: self = .promptDismissed
        case .sensorLockedOut: self = .sensorLockedOut
        case .screenLockMissing: self = .screenLockMissing
        case .platformKeyInvalidated, .platformKeyMismatch: self = .platformKeyLost
        default: return nil
        }
    }
}
