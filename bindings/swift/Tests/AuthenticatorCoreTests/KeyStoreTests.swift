import AuthenticatorCore
import Foundation
import Testing

/// The platform's key store works, refuses, throws a surprise, or has lost its key.
@Suite struct KeyStoreTests {
    @Test func anEverydayRefusalIsAnOutcomeAndCostsNothing() async throws {
        let phone = try Phone()
        let authenticator = try await phone.create()
        let refusals: [(PlatformError, UnlockRefusal)] = [
            (.Cancelled, .promptDismissed), (.LockedOut, .sensorLockedOut),
            (.NotEnrolled, .screenLockMissing), (.Invalidated, .platformKeyLost),
        ]
        for (failure, refusal) in refusals {
            authenticator.lock()
            phone.keys.fail(with: failure)
            #expect(try await authenticator.unlockWithPlatform() == .refused(refusal))
        }
        phone.keys.fail(with: nil)
        guard case .unlocked = try await authenticator.unlockWithPlatform() else { throw Unexpected() }
    }

    @Test func aSurpriseIsThrownAndItsTextGoesNowhere() async throws {
        let phone = try Phone()
        let authenticator = try await phone.create()
        authenticator.lock()
        for failure: any Error in [Surprise(), PlatformError.Unavailable] {
            phone.keys.fail(with: failure)
            let error = await refusal { _ = try await authenticator.unlockWithPlatform() }
            #expect(error == .platformUnavailable)
            #expect(!String(reflecting: error).contains("surprise"))
        }
    }

    @Test func anEnrolmentReplacesALostKey() async throws {
        let phone = try Phone()
        let authenticator = try await phone.create()
        try await authenticator.setPin(secret(pin), cost: cost)
        authenticator.lock()
        phone.keys.lose()
        #expect(try await authenticator.unlockWithPlatform() == .refused(.platformKeyLost))

        guard case .unlocked = try await authenticator.unlock(pin: secret(pin)) else { throw Unexpected() }
        try await authenticator.enrolPlatform()
        authenticator.lock()

        guard case .unlocked = try await authenticator.unlockWithPlatform() else { throw Unexpected() }
    }

    @Test func promptsComeBetweenTheTwoSteps() async throws {
        let phone = try Phone()
        let begun = try PlatformEnrolment.forNewVault()
        let authenticator = try await Authenticator.finishCreate(
            at: phone.path, keys: phone.keys, guard: phone.memory, enrolment: begun,
            wrapped: try phone.wrap(begun), clock: phone.clock)
        #expect(refusal { _ = try begun.reveal() } == .enrolmentUsed)
        let key = try await authenticator.issueRecoveryKey()
        try await authenticator.confirm(key)

        let enrolment = try authenticator.beginPlatformEnrolment()
        let answers = try PlatformAnswers(enrolment: (enrolment, wrapped: try phone.wrap(enrolment)))
        try await authenticator.protect(
            by: .platformAndPin, pin: (secret(pin), cost), recoveryKey: key, answers: answers)
        authenticator.lock()
        let asked = try #require(try authenticator.beginPinUnlock())
        let unwrapped = try phone.unwrap(asked)
        guard case .unlocked = try await authenticator.finishPinUnlock(pin: secret(pin), unwrapped: unwrapped)
        else { throw Unexpected() }
        #expect(try await authenticator.finishPresence(pin: secret(pin), unwrapped: unwrapped) == .proved)

        // Only what the vault asks for in two steps goes past the key store's calls.
        #expect(phone.keys.state.with { $0.calls } == 0)
    }

    @Test func thePlatformAloneIsFinishedAndProved() async throws {
        let phone = try Phone()
        let authenticator = try await phone.create()
        let enrolment = try authenticator.beginPlatformEnrolment()
        try await authenticator.finishPlatformEnrolment(enrolment, wrapped: try phone.wrap(enrolment))
        authenticator.lock()
        let unwrapped = try phone.unwrap(try authenticator.beginPlatformUnlock())
        guard case .unlocked = try await authenticator.finishPlatformUnlock(unwrapped: unwrapped)
        else { throw Unexpected() }
        phone.clock.advance(seconds: 40)
        #expect(try await authenticator.finishPlatformPresence(unwrapped: unwrapped) == .proved)
        #expect(try await authenticator.provePresenceWithPlatform() == .proved)
        #expect(try authenticator.securityLevel() == .trustedEnvironment)
        #expect(try authenticator.isGuardCurrent())
    }
}

extension Phone {
    /// What the key store wraps an enrolment's secret to, as it does after a prompt.
    fileprivate func wrap(_ enrolment: PlatformEnrolment) throws -> Data {
        try enrolment.reveal().withUnsafeBytes { Data([1] + $0.map { $0 ^ 0x5A }) }
    }

    fileprivate func unwrap(_ wrapped: Data) throws -> SecretData {
        let bytes = wrapped.dropFirst()
        return SecretData(count: bytes.count) { target in
            for (place, byte) in bytes.enumerated() { target[place] = byte ^ 0x5A }
        }
    }
}
