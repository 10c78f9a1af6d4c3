import Foundation

extension AuthenticatorError: LocalizedError {
    /// What happened, for the person.
    ///
    /// An app translates it with a table of its own, `AuthenticatorError.strings` or `.xcstrings` in its
    /// main bundle, whose keys are the English texts below. What that has not stays English.
    public var errorDescription: String? { localized(texts.what, arguments) }

    /// What the person can do, where there is something. From the same table.
    public var recoverySuggestion: String? { texts.advice.map { localized($0, []) } }

    private func localized(_ english: String, _ arguments: [any CVarArg]) -> String {
        let format = Bundle.main.localizedString(
            forKey: english, value: english, table: "AuthenticatorError")
        return arguments.isEmpty ? format : String(format: format, arguments: arguments)
    }

    /// What stands in a text for `%ld` (tries, KiB) or `%@` (a time).
    private var arguments: [any CVarArg] {
        switch self {
        case .wrongSecret(let tries?): [tries]
        case .outOfMemory(let needed): [Int(needed)]
        case .rolledBack(let missing): [Int(clamping: missing)]
        case .pinThrottled(_, let until):
            [DateFormatter.localizedString(from: until, dateStyle: .none, timeStyle: .medium)]
        default: []
        }
    }

    /// The English texts: what happened, and what the person can do about it.
    private var texts: (what: String, advice: String?) {
        switch self {
        case .alreadyExists: ("There is a vault already.", nil)
        case .alreadyOpen, .inUse:
            ("The vault is open elsewhere.", "Close the other window or app, and try again.")
        case .busy: ("The vault is being unlocked or changed.", "Try again in a moment.")
        case .approvalFailed(.over): ("This request is over.", "If you still need it, sign in once more.")
        case .approvalFailed(.alreadyDecided): ("You have already decided.", nil)
        case .approvalFailed(.noSuchMatch), .approvalFailed(.otherRequest):
            ("This is not what the page shows.", "Look at the page once more.")
        case .approvalFailed(.ambiguous):
            ("Two requests are open that cannot be told apart.", "Deny this one, or wait for the other to end.")
        case .approvalFailed(.unsettled), .approvalFailed(.outdated):
            ("The service has to be reached first.", "Connect to the network, and try again.")
        case .approvalFailed(.pinRequired): ("The service asks for a PIN.", "Choose one.")
        case .approvalFailed(.hardwareRequired):
            ("The service asks for a safer device than this one.", nil)
        case .approvalFailed(.keyInvalidated):
            ("The key of this account is gone.", "Remove the account, and add it once more.")
        case .approvalFailed: ("This is not possible now.", nil)
        case .notBelieved(.unsupported): ("This needs a newer version of this app.", "Update the app.")
        case .notBelieved(.expired): ("This is over.", "Ask the service for a new one.")
        case .notBelieved(.wrongType): ("This is for something else.", nil)
        case .notBelieved(.badTimes):
            ("The clock of this device and the service's do not agree.", "Set date and time to automatic.")
        case .notBelieved(.suspended):
            ("This account can only deny requests.", "Add it once more, or ask your administrator.")
        case .notBelieved: ("This cannot be trusted.", "Ask the service for a new one.")
        case .accountPinRequired: ("This account has a PIN of its own.", "Type the account's PIN.")
        case .clockOutOfBounds:
            ("The clock of this device is wrong by more than a day.", "Set date and time to automatic.")
        case .clockSampleUseless: ("The time could not be checked.", "Try again.")
        case .damaged: ("The vault is damaged.", "Repair it: everything that is whole can be read.")
        case .entryNotFound: ("This account is no longer there.", nil)
        case .guardMissing, .unsafeParameters:
            ("The PIN cannot be used on this device.", "Unlock in another way, then set a new PIN.")
        case .guardUnavailable:
            ("The device cannot tell whether the PIN may be tried.", "Try again later.")
        case .invalidAccount: ("This is not an account.", "Ask the service for a new QR code or key.")
        case .invalidMigration:
            ("This code does not belong to the export.", "Scan all codes of one export.")
        case .invalidPin(.tooShort): ("The PIN is too short.", "Choose at least 6 characters.")
        case .invalidPin(.tooCommon):
            ("Many people choose this PIN.", "Choose one that is harder to guess.")
        case .invalidPin: ("This cannot be a PIN.", "Type it again.")
        case .invalidQrCode: ("The QR code cannot be read.", "Hold the camera still, or take another picture.")
        case .invalidRecoveryKey: ("This is not the recovery key.", "Compare it with what was written down.")
        case .locked, .closed: ("The vault is locked.", "Unlock it.")
        case .newerVersion: ("A newer version of this app wrote the vault.", "Update the app.")
        case .nothingToUndo: ("There is nothing to undo.", nil)
        case .notInTrash: ("This account is not in the trash.", nil)
        case .outOfMemory:
            ("The device is short of memory: %ld KiB are needed.", "Close other apps, and try again.")
        case .pinThrottled: ("There were too many wrong PINs. The next try is possible at %@.", nil)
        case .platformKeyInvalidated, .platformKeyMismatch:
            ("The device's key to the vault is gone.", "Unlock with the PIN or the recovery key.")
        case .presenceNeeded: ("This needs a proof that it is you.", "Unlock once more.")
        case .promptCancelled: ("The prompt was dismissed.", nil)
        case .recoveryNeeded:
            ("Without a recovery key, a forgotten PIN loses all accounts.", "Write a recovery key down first.")
        case .rolledBack:
            ("An older copy of the vault was put back: %ld changes are missing.", nil)
        case .screenLockMissing:
            ("This device has no Face ID, Touch ID or passcode.", "Set one up, or unlock in another way.")
        case .sensorLockedOut:
            ("Face ID or Touch ID is locked.", "Unlock the device with its passcode, or use another way.")
        case .slotDestroyed:
            ("The PIN was removed after ten wrong tries.", "Unlock in another way, then set a new PIN.")
        case .storageFull: ("The storage is full.", "Make room, and try again.")
        case .storageLocked: ("The vault cannot be reached now.", "Unlock the device, and try again.")
        case .tooLarge: ("This is too long, or too much.", nil)
        case .unreadable: ("This account cannot be read.", nil)
        case .wrongSecret(triesLeft: .some): ("Wrong PIN. Tries left: %ld.", "Type it again.")
        case .wrongSecret: ("This is not the key of the vault.", "Type it again.")
        case .slotMissing: ("The vault cannot be unlocked in this way.", "Unlock in another way.")
        case .notFound: ("There is no vault.", nil)
        case .platformUnavailable, .noRandomness, .storage, .suspended:
            ("This does not work now.", "Try again.")
        case .clockUnavailable, .enrolmentUsed, .internalError, .invalidMoment, .invalidPinCost,
            .invalidText, .notAVault, .notCounted, .nothingToRepair, .unknown:
            ("Something went wrong.", "If it happens again, tell the makers of this app.")
        }
    }
}
