import Foundation

/// Why a call did not do what it was asked, by what the app can do about it.
///
/// No value holds anything secret, nor whose account it is: every error may be logged. Unless a case says
/// otherwise, nothing was changed. `docs/ios.md` says of each what to tell the person.
public enum AuthenticatorError: Error, Equatable, Hashable, Sendable {
    /// There is a vault at this path already; it was left alone. Open it.
    case alreadyExists
    /// This process has the vault open already: use that ``Authenticator``.
    case alreadyOpen
    /// Another unlock or change of keys is under way: wait for it.
    case busy
    /// Something about approvals is not possible, or not now.
    ///
    /// - Parameter problem: Why, and so what to do.
    case approvalFailed(problem: ApprovalProblem)
    /// The account needs its own PIN, which is not kept: ask the person for it.
    case accountPinRequired
    /// The phone's clock and the server's are more than a day apart: ask the person to set it.
    case clockOutOfBounds
    /// The sample tells nothing about the clock: the answer took more than 10 seconds, or came
    /// before it was asked for. Take another one.
    case clockSampleUseless
    /// The file, or a row in it, is not what was written. Open it with
    /// ``Authenticator/openDamaged(at:keys:guard:deviceKeys:clock:executor:)``, which brings back what is whole.
    case damaged
    /// A platform enrolment is good for one change of keys: begin another.
    case enrolmentUsed
    /// A message of a service, or a link, is not believed. Whoever sent it may be anybody.
    ///
    /// - Parameter refusal: Why.
    case notBelieved(refusal: Refusal)
    /// No account has this id, or it is gone for good.
    case entryNotFound
    /// The rollback guard knows nothing of this vault, as after a reinstallation: the PIN cannot be
    /// used. Unlock in another way, then set a PIN anew.
    case guardMissing
    /// The rollback guard could not be read or written: try again later. No PIN is tried
    /// meanwhile.
    case guardUnavailable
    /// Another process has the vault open: try again later.
    case inUse
    /// The text or the values are no account.
    ///
    /// - Parameter problem: What is wrong with it.
    case invalidAccount(problem: AccountProblem)
    /// The text is no migration link, or not of the export that is being collected.
    ///
    /// - Parameter problem: What is wrong with it.
    case invalidMigration(problem: MigrationProblem)
    /// The clock gave a moment before 1970, before the device was started, or with a boot identifier that
    /// has not 16 bytes: mend the app.
    case invalidMoment
    /// The text is no PIN, or may not be a new one.
    ///
    /// - Parameter problem: What is wrong with it.
    case invalidPin(problem: PinProblem)
    /// The cost of a PIN is outside its bounds: take one of ``PinCost/calibrated(on:)``.
    case invalidPinCost
    /// The picture or the text is none that a QR code can be read from or made of.
    ///
    /// - Parameter problem: What is wrong with it.
    case invalidQrCode(problem: QrProblem)
    /// The text is no recovery key: ask for it again.
    ///
    /// - Parameter problem: What is wrong with it.
    case invalidRecoveryKey(problem: RecoveryKeyProblem)
    /// A text is not UTF-8: mend the app.
    case invalidText
    /// The vault is locked: unlock it.
    case locked
    /// A newer version of this library wrote the vault, which was left alone: update the app.
    ///
    /// - Parameters:
    ///   - found: The version of the vault.
    ///   - supported: The newest version that is read.
    case newerVersion(found: UInt32, supported: UInt32)
    /// The operating system gave no randomness: try again.
    case noRandomness
    /// The file is something else: choose another path.
    case notAVault
    /// The account's codes do not go by a counter: show the one of ``Authenticator/codes(useCorrectedTime:)``.
    case notCounted
    /// There is no vault at this path: create one.
    case notFound
    /// The vault is whole.
    case nothingToRepair
    /// There is nothing to undo.
    case nothingToUndo
    /// Only what is in the trash can be destroyed for good.
    case notInTrash
    /// The system has not the memory that stretching the PIN takes. No try was counted: try again
    /// when other apps are closed.
    ///
    /// - Parameter neededKiB: How much it takes, in KiB.
    case outOfMemory(neededKiB: UInt32)
    /// After wrong tries the next one has to wait; this one was not made, and not counted. The other
    /// ways to unlock do not wait.
    ///
    /// - Parameters:
    ///   - wait: How long it still has to wait, in seconds.
    ///   - until: When that is over by the wall clock, if nobody sets it.
    case pinThrottled(wait: TimeInterval, until: Date)
    /// The platform's key opens nothing any more: fingers were enrolled anew, the screen lock was
    /// removed. Unlock in another way, then enrol the platform's key anew.
    case platformKeyInvalidated
    /// The platform's key store gave another key, as after a restore onto another phone. Unlock in
    /// another way, then enrol the platform's key anew.
    case platformKeyMismatch
    /// The platform's key store does not answer, or not now: try again.
    case platformUnavailable
    /// What was asked for needs a fresh proof of presence: ask for the PIN or the biometric
    /// again.
    case presenceNeeded
    /// The person dismissed the platform's prompt. Nothing was tried or counted: offer it again, or
    /// another way in.
    case promptCancelled
    /// Neither a confirmed recovery key nor a waiver: a forgotten PIN would lose all. Issue a
    /// recovery key and have it confirmed, or let the person agree to do without.
    case recoveryNeeded
    /// An older file was put back in place of the newest. It is read, and not written to until
    /// ``Authenticator/acceptRollback()``.
    ///
    /// - Parameter missing: How many changes are missing.
    case rolledBack(missing: UInt64)
    /// No finger, face or screen lock is set up: say so, and offer another way in.
    case screenLockMissing
    /// Too many wrong fingers or faces: the sensor works again after the device was unlocked by its
    /// own PIN. Offer another way in.
    case sensorLockedOut
    /// The PIN was destroyed after ten wrong tries: unlock in another way.
    case slotDestroyed
    /// The vault has no such way of unlocking, a secret of one that stays was not given, or an
    /// answer of the platform's is missing.
    case slotMissing
    /// The storage failed.
    case storage
    /// The storage is full: ask the person to make room.
    case storageFull
    /// The file cannot be reached now, as on a locked phone. It is not damaged: try again later.
    case storageLocked
    /// The vault is suspended: call ``Authenticator/resume()``.
    case suspended
    /// A text, a list or an icon is longer than an account can hold, or there are too many
    /// accounts.
    case tooLarge
    /// Something that this version has no name for.
    case unknown
    /// The account cannot be read from the vault now.
    case unreadable
    /// Somebody altered what the PIN is checked with. No try was counted: unlock in another way.
    case unsafeParameters
    /// Wrong PIN, or not the vault's recovery key: ask again.
    ///
    /// - Parameter triesLeft: How many tries are left before the PIN is destroyed; none for a recovery key, whose
    ///   tries are not counted.
    case wrongSecret(triesLeft: Int?)
    /// The ``DeviceClock`` threw: no time, no call.
    case clockUnavailable
    /// ``Authenticator/close()`` was called before: open the vault anew.
    case closed
    /// A bug of the library, which stays usable. Where it was, ``Authenticator/reportPanics(to:)`` tells.
    case internalError
}
