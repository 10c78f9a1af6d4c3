import AuthenticatorCore
import Foundation
import Testing

/// A whole vault life, as an app leads it.
@Suite struct LifeTests {
    @Test func aVaultIsMadeLockedOpenedRecoveredAndWiped() async throws {
        let phone = try Phone()
        let authenticator = try await phone.create()
        let id = try authenticator.addNew(totp("alice"))
        try await authenticator.setPin(secret(pin), cost: cost)
        #expect(try authenticator.protection() == .platformOrPin)

        let key = try await authenticator.issueRecoveryKey()
        let written = try key.reveal()
        #expect(written.text.split(separator: "-").map(\.count) == Array(repeating: 4, count: 14))
        #expect(try !authenticator.isRecoveryKeyConfirmed() && authenticator.hasRecoveryKey())
        try await authenticator.confirm(RecoveryKey(typed: secret(written.text.lowercased())))
        #expect(try authenticator.isRecoveryKeyConfirmed() && authenticator.isRecoverySettled())

        authenticator.lock()
        #expect(refusal { _ = try authenticator.items() } == .locked)
        #expect(try await authenticator.unlock(pin: secret(wrongPin)) == .refused(.wrongSecret(triesLeft: 9)))
        #expect(try authenticator.pinTries().left == 9)
        guard case .unlocked(let state) = try await authenticator.unlock(pin: secret(pin)) else {
            throw Unexpected()
        }
        #expect(state == Unlocked(rolledBack: nil, guardWasMissing: false, guardIsUnavailable: false))
        #expect(try authenticator.pinTries().left == 10)

        authenticator.close()
        let again = try await phone.open()
        #expect(try !again.isUnlocked())
        guard case .unlocked = try await again.unlock(recoveryKey: RecoveryKey(typed: written)) else {
            throw Unexpected()
        }
        #expect(try again.items().map(\.id) == [id])
        #expect(try await again.verify() > 0)
        try await again.wipe()
        #expect(!FileManager.default.fileExists(atPath: phone.path))
    }

    @Test func tenWrongPinsDestroyThePinAndTheOtherWayStillOpens() async throws {
        let phone = try Phone()
        let authenticator = try await phone.create()
        try await authenticator.setPin(secret(pin), cost: cost)
        authenticator.lock()
        for left in (5...9).reversed() {
            let refused = UnlockOutcome.refused(.wrongSecret(triesLeft: left))
            #expect(try await authenticator.unlock(pin: secret(wrongPin)) == refused)
        }
        let until = Date(timeIntervalSince1970: TimeInterval(phone.clock.wallMillis / 1000 + 30))
        let throttled = UnlockOutcome.refused(.throttled(wait: 30, until: until))
        #expect(try await authenticator.unlock(pin: secret(pin)) == throttled)
        #expect(try authenticator.pinTries().waitUntil == until)

        var wait: Int64 = 30
        for left in (0...4).reversed() {
            phone.clock.advance(seconds: wait)
            wait *= 2
            let outcome = try await authenticator.unlock(pin: secret(wrongPin))
            let expected: UnlockRefusal = left == 0 ? .pinDestroyed : .wrongSecret(triesLeft: left)
            #expect(outcome == .refused(expected))
        }
        phone.clock.advance(seconds: wait)
        #expect(try await authenticator.unlock(pin: secret(pin)) == .refused(.pinDestroyed))
        guard case .unlocked = try await authenticator.unlockWithPlatform() else { throw Unexpected() }
        try await authenticator.setPin(secret(newPin), cost: cost)
        authenticator.lock()
        guard case .unlocked = try await authenticator.unlock(pin: secret(newPin)) else { throw Unexpected() }
    }

    @Test func aRotationKeepsWhatOpensAndAProtectionTakesItAway() async throws {
        let authenticator = try await Phone().create()
        try await authenticator.setPin(secret(pin), cost: cost)
        let key = try await authenticator.issueRecoveryKey(pin: (secret(pin), cost))
        try await authenticator.confirm(key)

        #expect(await refusal { try await authenticator.rotate(pin: (secret(pin), cost)) } == .slotMissing)
        try await authenticator.rotate(pin: (secret(pin), cost), recoveryKey: key)
        try await authenticator.protect(by: .pin, pin: (secret(newPin), cost), recoveryKey: key)

        #expect(try authenticator.protection() == .pin)
        authenticator.lock()
        #expect(await refusal { _ = try await authenticator.unlockWithPlatform() } == .slotMissing)
        guard case .unlocked = try await authenticator.unlock(pin: secret(newPin)) else { throw Unexpected() }
    }

    @Test func whatIsSecretIsShownOnlyAfterAFreshProofOfPresence() async throws {
        let phone = try Phone()
        let authenticator = try await phone.create()
        let id = try authenticator.addNew(totp("alice"))
        try await authenticator.setPin(secret(pin), cost: cost)
        phone.clock.advance(seconds: 31)
        #expect(refusal { try authenticator.withRevealed(id) { _ = $0.name } } == .presenceNeeded)

        #expect(
            try await authenticator.provePresence(pin: secret(wrongPin)) == .refused(.wrongSecret(triesLeft: 9)))
        #expect(try await authenticator.provePresence(pin: secret(pin)) == .proved)
        try authenticator.setRecoveryCodes(id, lines: secret("one-1\ntwo-2"))
        try authenticator.markRecoveryCode(id, at: 1, isUsed: true)

        let shown = try authenticator.withRevealed(id) { account in
            #expect(account.issuer == "Example" && account.name == "alice" && account.kind == .usual)
            #expect(account.recoveryCodeCount == 2 && account.isRecoveryCodeUsed(at: 1))
            #expect(try account.recoveryCode(at: 0)?.text == "one-1")
            #expect(try account.recoveryCode(at: 2) == nil && account.pin() == nil)
            #expect(try account.qrCode().side >= 21)
            #expect(try account.uri().text.contains("secret=\(rfcSecret)"))
            return try account.secret()
        }
        #expect(shown.text == rfcSecret)
        #expect(try authenticator.item(id).recoveryCodesLeft == 1)
    }

    @Test func accountsAreChangedTrashedAndUndone() async throws {
        let authenticator = try await Phone().create()
        let ids = try ["alice", "bob"].map { try authenticator.addNew(totp($0)) }
        try authenticator.edit(ids[0], .note(note: "the old phone"), .icon(icon: Data([1, 2, 3])))
        try authenticator.move(ids[1], before: ids[0])
        try authenticator.noteUse(ids[0])

        #expect(try authenticator.items().map(\.id) == [ids[1], ids[0]])
        #expect(try authenticator.search("OLD phone").map(\.id) == [ids[0]])
        #expect(try authenticator.icon(ids[0]) == Data([1, 2, 3]))
        #expect(try authenticator.item(ids[0]).lastUsed == authenticator.item(ids[0]).created)

        try authenticator.putInTrash(ids)
        #expect(try authenticator.items().isEmpty && authenticator.trash().count == 2)
        try authenticator.takeFromTrash([ids[0]])
        try await authenticator.purge([ids[1]])
        #expect(try authenticator.trash().isEmpty && authenticator.items().map(\.id) == [ids[0]])
        #expect(try !authenticator.canUndo())
    }

    @Test func theVaultLocksItselfAndSleepsWithoutItsFile() async throws {
        let phone = try Phone()
        let authenticator = try await phone.create()
        try authenticator.addNew(totp("alice"))
        let limits = AutoLock(foregroundSeconds: 60, backgroundSeconds: 10)
        try authenticator.setAutoLock(limits, presenceSeconds: 30)
        #expect(try authenticator.autoLock() == limits)
        try authenticator.suspend()
        #expect(try authenticator.codes().count == 1)
        #expect(refusal { try authenticator.addNew(totp("bob")) } == .suspended)
        try authenticator.resume()
        try authenticator.addNew(totp("bob"))

        phone.clock.advance(seconds: 50)
        try authenticator.noteInteraction()
        phone.clock.advance(seconds: 50)
        #expect(try authenticator.isUnlocked())
        try authenticator.enterBackground()
        phone.clock.advance(seconds: 11)
        try authenticator.enterForeground()
        #expect(try !authenticator.isUnlocked())
    }
}
