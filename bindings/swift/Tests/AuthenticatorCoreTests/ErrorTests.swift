import AuthenticatorCore
import Foundation
import Testing

/// Every error that the outside can cause is the one that its cause is meant to give.
@Suite struct ErrorTests {
    @Test func ofOpening() async throws {
        let phone = try Phone()
        #expect(await refusal { _ = try await phone.open() } == .notFound)
        let authenticator = try await phone.create()
        #expect(await refusal { _ = try await phone.open() } == .alreadyOpen)
        #expect(await refusal { _ = try await authenticator.repair() } == .nothingToRepair)
        #expect(try authenticator.salvaged() == nil)
        authenticator.close()
        #expect(await refusal { _ = try await phone.create() } == .alreadyExists)

        let other = try Phone()
        try Data("this is a letter, and no vault at all".utf8).write(to: URL(fileURLWithPath: other.path))
        #expect(await refusal { _ = try await other.open() } == .notAVault)
        let folder = try Phone()
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: false)
        let error = await refusal { _ = try await folder.open() }
        #expect(error == .storageLocked)
    }

    @Test func ofAFile() async throws {
        let phone = try Phone()
        let authenticator = try await phone.create()
        try authenticator.addNew(totp("alice"))
        authenticator.close()
        // The version of the file's format stands in SQLite's header at byte 60.
        try phone.overwrite(at: 60, with: [0, 0, 0, 99])
        let newer = await refusal { _ = try await phone.open() }
        #expect(newer == .newerVersion(found: 99, supported: 2))
        try phone.overwrite(at: 60, with: [0, 0, 0, 1])

        // A whole page of what the vault has written.
        try phone.overwrite(at: 4096, with: [UInt8](repeating: 0x5A, count: 4096))
        let damaged = await refusal {
            let authenticator = try await phone.open()
            defer { authenticator.close() }
            _ = try await authenticator.unlockWithPlatform()
            _ = try await authenticator.verify()
        }
        #expect(damaged == .damaged)
    }

    @Test func ofWhatIsOlderThanItWas() async throws {
        let phone = try Phone()
        let authenticator = try await phone.create()
        authenticator.close()
        let copy = try Data(contentsOf: URL(fileURLWithPath: phone.path))
        let newest = try await phone.open()
        _ = try await newest.unlockWithPlatform()
        try newest.addNew(totp("alice"))
        newest.close()
        try copy.write(to: URL(fileURLWithPath: phone.path))

        let older = try await phone.open()
        guard case .unlocked(let state) = try await older.unlockWithPlatform() else { throw Unexpected() }
        let missing = try #require(state.rolledBack)

        #expect(refusal { try older.addNew(totp("bob")) } == .rolledBack(missing: missing))
        try await older.acceptRollback()
        try older.addNew(totp("bob"))
    }

    @Test func ofAGuard() async throws {
        let phone = try Phone()
        let authenticator = try await phone.create()
        try await authenticator.setPin(secret(pin), cost: cost)
        authenticator.lock()
        for failure: any Error in [PlatformError.Unavailable, Surprise()] {
            phone.memory.state.with { $0.failure = failure }
            #expect(await refusal { _ = try await authenticator.unlock(pin: secret(pin)) } == .guardUnavailable)
        }
        phone.memory.state.with { $0 = .init() }
        #expect(try await authenticator.unlock(pin: secret(pin)) == .refused(.pinUnusable))
        guard case .unlocked(let state) = try await authenticator.unlockWithPlatform() else { throw Unexpected() }
        #expect(state.guardWasMissing)
    }

    @Test func ofKeys() async throws {
        let phone = try Phone()
        let authenticator = try await phone.create()
        #expect(await refusal { _ = try await authenticator.unlock(pin: secret(pin)) } == .slotMissing)
        let noRecovery = await refusal {
            try await authenticator.protect(by: .pin, pin: (secret(pin), cost))
        }
        #expect(noRecovery == .recoveryNeeded)
        let cheap = PinCost(memoryKib: 1, passes: 2)
        #expect(await refusal { try await authenticator.setPin(secret(pin), cost: cheap) } == .invalidPinCost)
        let enrolment = try authenticator.beginPlatformEnrolment()
        let answers = try PlatformAnswers(enrolment: (enrolment, wrapped: Data([1])))
        #expect(refusal { _ = try PlatformAnswers(enrolment: (enrolment, wrapped: Data([1]))) } == .enrolmentUsed)
        #expect(refusal { _ = try PlatformAnswers(enrolment: (enrolment, wrapped: Data())) } == .slotMissing)
        _ = answers
        try authenticator.waiveRecovery(words: "I know")
        #expect(try authenticator.isRecoverySettled())
        try await authenticator.protect(by: .pin, pin: (secret(pin), cost))

        let other = try await Phone().create()
        let strange = try await other.issueRecoveryKey()
        _ = try await authenticator.issueRecoveryKey(pin: (secret(pin), cost))
        let outcome = try await authenticator.unlock(recoveryKey: strange)
        #expect(outcome == .refused(.wrongSecret(triesLeft: nil)))
    }

    @Test func ofAnUnlockInTheMiddleOfAnother() async throws {
        let phone = try Phone()
        let concurrent = DispatchQueue(label: "concurrent", attributes: .concurrent)
        let authenticator = try await Authenticator.create(
            at: phone.path, keys: phone.keys, guard: phone.memory, clock: phone.clock, executor: concurrent)
        authenticator.lock()
        let (isAsked, mayAnswer) = (AsyncStream<Void>.makeStream(), DispatchSemaphore(value: 0))
        phone.keys.state.with {
            $0.meanwhile = {
                isAsked.continuation.yield()
                mayAnswer.wait()
            }
        }
        let first = Task { try await authenticator.unlockWithPlatform() }
        var asked = isAsked.stream.makeAsyncIterator()
        await asked.next()

        let second = await refusal { _ = try await authenticator.unlockWithPlatform() }

        mayAnswer.signal()
        #expect(second == .busy)
        guard case .unlocked = try await first.value else { throw Unexpected() }
    }

    @Test func ofAnotherPhone() async throws {
        let phone = try Phone()
        let authenticator = try await phone.create()
        authenticator.lock()
        let wrapped = try authenticator.beginPlatformUnlock()
        let wrong = SecretData(count: 32) { $0.copyBytes(from: wrapped.prefix(32)) }
        #expect(try await authenticator.finishPlatformUnlock(unwrapped: wrong) == .refused(.platformKeyLost))
    }

    @Test func ofAccounts() async throws {
        let authenticator = try await Phone().create()
        let id = try authenticator.addNew(totp("alice"))
        #expect(refusal { _ = try authenticator.item("no id") } == .entryNotFound)
        #expect(refusal { _ = try authenticator.nextHotpCode(id) } == .notCounted)
        #expect(await refusal { try await authenticator.purge([id]) } == .notInTrash)
        let long = String(repeating: "a", count: 5000)
        #expect(refusal { try authenticator.edit(id, .note(note: long)) } == .tooLarge)
        let fresh = try await Phone().create()
        #expect(refusal { try fresh.undo() } == .nothingToUndo)
        try fresh.suspend()
        #expect(refusal { try fresh.addNew(totp("bob")) } == .suspended)
    }

    @Test func ofWhatAPersonScansOrTypes() throws {
        #expect(refusal { _ = try draft("otpauth://totp/a?secret=1") } == .invalidAccount(problem: .invalidSecret))
        let foreign = AccountProblem.otherApp(app: .googleMigration)
        let link = "otpauth-migration://offline?data=CgA"
        #expect(refusal { _ = try draft(link) } == .invalidAccount(problem: foreign))
        #expect(refusal { _ = try MigrationCollector().add(secret("a")) } == .invalidMigration(problem: .notMigration))
        #expect(refusal { try Authenticator.checkNewPin(secret("12345")) } == .invalidPin(problem: .tooShort))
        #expect(refusal { try Authenticator.checkNewPin(secret("123456")) } == .invalidPin(problem: .tooCommon))
        #expect(refusal { try Authenticator.checkNewPin(secret("")) } == .invalidPin(problem: .empty))
        #expect(refusal { try Authenticator.checkNewPin(secret(pin)) } == nil)
        let short = RecoveryKeyProblem.wrongLength(given: 3, expected: 56)
        #expect(refusal { _ = try RecoveryKey(typed: secret("abc")) } == .invalidRecoveryKey(problem: short))
        let notUtf8 = SecretData(count: 2) { $0[0] = 0xFF }
        #expect(refusal { _ = try AccountDraft(uri: notUtf8) } == .invalidText)
        let long = SecretData(count: 5000) { $0.initializeMemory(as: UInt8.self, repeating: 0x61) }
        #expect(refusal { _ = try QrCode(encoding: long) } == .invalidQrCode(problem: .tooLong))
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        let empty = refusal { _ = try QrCode.read(width: 21, height: 21, stride: 21, luminance: nothing) }
        #expect(empty == .invalidQrCode(problem: .sizeMismatch))
    }

    @Test func ofTheClock() async throws {
        let phone = try Phone()
        let authenticator = try await phone.create()
        let now = try authenticator.moment()
        let day: Int64 = 86_400_000
        let wrong = ClockSample(serverMillis: now.wallMillis + 2 * day, sent: now, received: now)
        #expect(refusal { try authenticator.learnTime(wrong) } == .clockOutOfBounds)
        phone.clock.advance(seconds: 11)
        let late = ClockSample(
            serverMillis: now.wallMillis, sent: now, received: try authenticator.moment())
        #expect(refusal { try authenticator.learnTime(late) } == .clockSampleUseless)
        phone.clock.set(wallMillis: -1)
        #expect(refusal { _ = try authenticator.items() } == .invalidMoment)
        phone.clock.set(wallMillis: 0)
        phone.clock.set(bootID: Data([1]))
        #expect(refusal { _ = try authenticator.items() } == .invalidMoment)
        phone.clock.stop()
        #expect(refusal { _ = try authenticator.items() } == .clockUnavailable)
    }
}

extension Phone {
    /// Writes to the vault's file as somebody without a key can.
    fileprivate func overwrite(at place: UInt64, with bytes: [UInt8]) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        defer { try? file.close() }
        try file.seek(toOffset: place)
        try file.write(contentsOf: bytes)
    }
}
