import AuthenticatorCoreBindings
import Foundation

extension AuthenticatorError {
    /// What a call of the door threw, or one of this layer. Anything else is a panic, whose text, which might
    /// hold anything, ends here.
    init(_ error: any Error) {
        switch error {
        case let error as AuthenticatorError: self = error
        case let error as AuthenticatorCoreBindings.AuthenticatorError: self.init(error)
        default: self = .internalError
        }
    }

    // Every case by name: a new one does not compile until it has a name here.
    private init(_ error: AuthenticatorCoreBindings.AuthenticatorError) {
        switch error {
        case .AlreadyExists: self = .alreadyExists
        case .AlreadyOpen: self = .alreadyOpen
        case .ApprovalFailed(let problem): self = .approvalFailed(problem: problem)
        case .Busy: self = .busy
        case .AccountPinRequired: self = .accountPinRequired
        case .ClockOutOfBounds: self = .clockOutOfBounds
        case .ClockSampleUseless: self = .clockSampleUseless
        case .Damaged: self = .damaged
        case .EnrolmentUsed: self = .enrolmentUsed
        case .EntryNotFound: self = .entryNotFound
        case .GuardMissing: self = .guardMissing
        case .GuardUnavailable: self = .guardUnavailable
        case .InUse: self = .inUse
        case .InvalidAccount(let problem): self = .invalidAccount(problem: problem)
        case .InvalidMigration(let problem): self = .invalidMigration(problem: problem)
        case .InvalidMoment: self = .invalidMoment
        case .InvalidPin(let problem): self = .invalidPin(problem: problem)
        case .InvalidPinCost: self = .invalidPinCost
        case .InvalidQrCode(let problem): self = .invalidQrCode(problem: problem)
        case .InvalidRecoveryKey(let problem): self = .invalidRecoveryKey(problem: problem)
        case .InvalidText: self = .invalidText
        case .Locked: self = .locked
        case .NewerVersion(let found, let supported):
            self = .newerVersion(found: found, supported: supported)
        case .NoRandomness: self = .noRandomness
        case .NotAVault: self = .notAVault
        case .NotBelieved(let refusal): self = .notBelieved(refusal: refusal)
        case .NotCounted: self = .notCounted
        case .NotFound: self = .notFound
        case .NothingToRepair: self = .nothingToRepair
        case .NothingToUndo: self = .nothingToUndo
        case .NotInTrash: self = .notInTrash
        case .OutOfMemory(let needed): self = .outOfMemory(neededKiB: needed)
        case .PinThrottled(let wait, let until):
            self = .pinThrottled(wait: TimeInterval(wait) / 1000, until: Date(millis: until))
        case .PlatformKeyInvalidated: self = .platformKeyInvalidated
        case .PlatformKeyMismatch: self = .platformKeyMismatch
        case .PlatformUnavailable: self = .platformUnavailable
        case .PresenceNeeded: self = .presenceNeeded
        case .PromptCancelled: self = .promptCancelled
        case .RecoveryNeeded: self = .recoveryNeeded
        case .RolledBack(let missing): self = .rolledBack(missing: missing)
        case .ScreenLockMissing: self = .screenLockMissing
        case .SensorLockedOut: self = .sensorLockedOut
        case .SlotDestroyed: self = .slotDestroyed
        case .SlotMissing: self = .slotMissing
        case .Storage: self = .storage
        case .StorageFull: self = .storageFull
        case .StorageLocked: self = .storageLocked
        case .Suspended: self = .suspended
        case .TooLarge: self = .tooLarge
        case .Unknown: self = .unknown
        case .Unreadable: self = .unreadable
        case .UnsafeParameters: self = .unsafeParameters
        case .WrongSecret(let left): self = .wrongSecret(triesLeft: left.map(Int.init))
        }
    }
}
