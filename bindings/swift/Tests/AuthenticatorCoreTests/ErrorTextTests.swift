import AuthenticatorCore
import Foundation
import Testing

/// Every error has words for the person, and none has more to tell than it may.
@Suite struct ErrorTextTests {
    @Test func everyErrorSaysWhatHappenedInPlainWords() {
        for error in Cause.all.keys {
            let text = error.localizedDescription
            #expect(text.hasSuffix(".") && !text.contains("%"), "\(error)")
            #expect(text == error.errorDescription)
            #expect(error.recoverySuggestion?.hasSuffix(".") != false, "\(error)")
        }
    }

    @Test func everyProblemOfApprovalsHasWordsOfItsOwnOrTheUsualOnes() {
        let problems: [ApprovalProblem] = [
            .notFound, .notNow, .alreadyDecided, .over, .noSuchMatch, .otherRequest, .otherProof, .ambiguous,
            .unsettled, .outdated, .pinRequired, .pinNotAllowed, .hardwareRequired, .keyInvalidated,
            .unfitValue, .other,
        ]
        let refusals: [Refusal] = [
            .malformed, .unsupported, .wrongType, .notForUs, .unknownKey, .badSignature, .badTimes, .expired,
            .policy, .cannotVerify, .conflict, .suspended, .older, .other,
        ]
        let errors = problems.map { AuthenticatorError.approvalFailed(problem: $0) }
            + refusals.map { AuthenticatorError.notBelieved(refusal: $0) }
        for error in errors {
            #expect(error.localizedDescription.hasSuffix("."), "\(error)")
            #expect(error.recoverySuggestion?.hasSuffix(".") != false, "\(error)")
        }
        #expect(Set(errors.map(\.localizedDescription)).count == 15)
    }

    @Test func numbersAndTimesStandInTheTexts() {
        let wrong = AuthenticatorError.wrongSecret(triesLeft: 3)
        #expect(wrong.localizedDescription == "Wrong PIN. Tries left: 3.")
        let memory = AuthenticatorError.outOfMemory(neededKiB: 65_536)
        #expect(memory.localizedDescription.contains("65536 KiB"))
        #expect(AuthenticatorError.rolledBack(missing: 7).localizedDescription.contains(" 7 "))
    }

    @Test func everyErrorIsCausedByATestOrHasAReasonWhyNot() {
        let untested = Cause.all.filter { $0.value != nil }.keys
        #expect(Cause.all.count == 56)
        #expect(untested.count == 10)
    }
}

/// What causes each error, in the tests of this folder; where nothing here can, the reason.
private enum Cause {
    static let all: [AuthenticatorError: String?] = {
        let parameters: [AuthenticatorError] = [
            .alreadyExists, .alreadyOpen, .busy, .accountPinRequired, .clockOutOfBounds,
            .clockSampleUseless, .damaged, .enrolmentUsed, .entryNotFound, .guardMissing,
            .guardUnavailable, .inUse, .invalidAccount(problem: .notOtpauth),
            .invalidMigration(problem: .notMigration), .invalidMoment, .invalidPin(problem: .tooShort),
            .invalidPinCost, .invalidQrCode(problem: .damaged), .invalidRecoveryKey(problem: .mistyped),
            .invalidText, .locked, .newerVersion(found: 2, supported: 1), .noRandomness, .notAVault,
            .notCounted, .notFound, .nothingToRepair, .nothingToUndo, .notInTrash,
            .outOfMemory(neededKiB: 1), .pinThrottled(wait: 1, until: Date()), .platformKeyInvalidated,
            .platformKeyMismatch, .platformUnavailable, .presenceNeeded, .promptCancelled,
            .recoveryNeeded, .rolledBack(missing: 1), .screenLockMissing, .sensorLockedOut,
            .slotDestroyed, .slotMissing, .storage, .storageFull, .storageLocked, .suspended, .tooLarge,
            .unknown, .unreadable, .unsafeParameters, .wrongSecret(triesLeft: 1), .clockUnavailable,
            .closed, .internalError, .approvalFailed(problem: .notNow), .notBelieved(refusal: .policy),
        ]
        return Dictionary(uniqueKeysWithValues: parameters.map { ($0, whyNot($0)) })
    }()

    // Every case by name: a new one does not compile until it stands here.
    private static func whyNot(_ error: AuthenticatorError) -> String? {
        switch error {
        case .accountPinRequired:
            "Codes say `pinRequired` of the account; an HOTP account, whose call would throw, has no PIN."
        case .inUse: "It takes another process; the tests of the core have one."
        case .noRandomness: "The operating system always gives some here."
        case .outOfMemory: "It takes a device without memory; the tests of the core have an allocator that refuses."
        case .platformKeyInvalidated, .platformKeyMismatch, .promptCancelled, .screenLockMissing,
            .sensorLockedOut, .guardMissing, .pinThrottled, .slotDestroyed, .wrongSecret:
            nil
        case .storageFull: "It takes a full disk; the tests of the core have a file system that is."
        case .storage: "It takes a disk that fails; the tests of the core have a file system that does."
        case .unknown: "The core has no error that the door has no name for."
        case .unreadable: "A code says `unreadable` of the account; the tests of the core damage a row."
        case .unsafeParameters: "It takes a slot altered byte by byte; the tests of the core do that."
        case .internalError: "It takes a bug of the library."
        case .alreadyExists, .alreadyOpen, .approvalFailed, .busy, .clockOutOfBounds, .clockSampleUseless, .clockUnavailable,
            .closed, .damaged, .enrolmentUsed, .entryNotFound, .guardUnavailable, .invalidAccount,
            .invalidMigration, .invalidMoment, .invalidPin, .invalidPinCost, .invalidQrCode,
            .invalidRecoveryKey, .invalidText, .locked, .newerVersion, .notAVault, .notBelieved, .notCounted,
            .notFound, .nothingToRepair, .nothingToUndo, .notInTrash, .platformUnavailable, .presenceNeeded,
            .recoveryNeeded, .rolledBack, .slotMissing, .storageLocked, .suspended, .tooLarge:
            nil
        }
    }
}
