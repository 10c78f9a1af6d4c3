import AuthenticatorCore
import Foundation
import Testing

/// Closing, cancelling, and many threads at once.
@Suite struct LifetimeTests {
    @Test func everyCallAfterCloseSaysSo() async throws {
        let phone = try Phone()
        let authenticator = try await phone.create()
        let id = try authenticator.addNew(totp("alice"))
        authenticator.close()
        authenticator.close()
        authenticator.lock()

        #expect(refusal { _ = try authenticator.items() } == .closed)
        #expect(refusal { _ = try authenticator.codes() } == .closed)
        #expect(refusal { try authenticator.suspend() } == .closed)
        #expect(refusal { _ = try authenticator.add(totp("bob")) } == .closed)
        #expect(refusal { try authenticator.withRevealed(id) { _ in } } == .closed)
        #expect(await refusal { _ = try await authenticator.unlock(pin: secret(pin)) } == .closed)
        #expect(await refusal { try await authenticator.wipe() } == .closed)
        // The file is free.
        #expect(try await phone.open().isUnlocked() == false)
    }

    @Test func theLastReferenceLetsTheFileGo() async throws {
        let phone = try Phone()
        do { _ = try await phone.create() }
        _ = try await phone.open()
    }

    @Test func aTaskThatIsCancelledBeforeDoesNothing() async throws {
        let phone = try Phone()
        let authenticator = try await phone.create()
        try await authenticator.setPin(secret(pin), cost: cost)
        authenticator.lock()
        let task = Task {
            try await Task.sleep(nanoseconds: .max)
        }
        task.cancel()
        let unlock = Task {
            _ = try? await task.value
            withUnsafeCurrentTask { $0?.cancel() }
            return try await authenticator.unlock(pin: secret(wrongPin))
        }
        await #expect(throws: CancellationError.self) { try await unlock.value }
        #expect(try authenticator.pinTries().left == 10)
    }

    @Test func anUnlockThatIsCancelledUnderWayIsLockedAgain() async throws {
        let phone = try Phone()
        let executor = StepwiseExecutor()
        let authenticator = try await Authenticator.create(
            at: phone.path, keys: phone.keys, guard: phone.memory, clock: phone.clock, executor: executor)
        authenticator.lock()
        let unlocking = Task { try await authenticator.unlockWithPlatform() }
        executor.between = { unlocking.cancel() }

        await #expect(throws: CancellationError.self) { try await unlocking.value }
        #expect(phone.keys.state.with { $0.calls } == 2, "wrapped once, unwrapped once")
        #expect(try !authenticator.isUnlocked())
    }

    @Test func eightThreadsDoEverythingAtOnce() async throws {
        let phone = try Phone()
        let authenticator = try await phone.create()
        try await authenticator.setPin(secret(pin), cost: cost)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for thread in 0..<8 {
                group.addTask {
                    for turn in 0..<20 {
                        let id = try authenticator.addNew(totp("\(thread)/\(turn)"))
                        _ = try authenticator.codes()
                        try authenticator.edit(id, .note(note: "\(thread)"))
                        _ = try authenticator.search("\(thread)/")
                        try authenticator.withRevealed(id) { _ = try $0.secret() }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try authenticator.items().count == 160)
        #expect(try Set(authenticator.items().map(\.name)).count == 160)
    }

    @Test func eightThreadsMayCloseWhileOthersCall() async throws {
        let authenticator = try await Phone().create()
        try authenticator.addNew(totp("alice"))
        let errors = await withTaskGroup(of: AuthenticatorError?.self) { group in
            for thread in 0..<8 {
                group.addTask {
                    refusal {
                        for turn in 0..<200 {
                            if thread == 7 && turn == 100 { authenticator.close() }
                            _ = try authenticator.codes()
                        }
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(errors.contains(.closed))
        #expect(errors.allSatisfy { $0 == nil || $0 == .closed || $0 == .locked })
        #expect(refusal { _ = try authenticator.codes() } == .closed)
    }

    @Test func tenThousandAccountsAreListedAndShown() async throws {
        let authenticator = try await Phone(seconds: 59).create()
        for thousand in 0..<10 {
            let drafts = try (0..<1000).map { try totp("account \(thousand * 1000 + $0)") }
            #expect(try authenticator.addAll(drafts, keepDuplicates: true).count == 1000)
        }

        #expect(try authenticator.items().count == 10_000)
        let codes = try authenticator.codes()
        #expect(codes.count == 10_000)
        #expect(codes.allSatisfy { $0.groupedCode == "287 082" })
        #expect(try authenticator.search("account 9999").count == 1)
    }
}

/// Runs each piece of work at once, and something between the work and what comes of it.
private final class StepwiseExecutor: BlockingExecutor {
    private let step = Held<(@Sendable () -> Void)?>(nil)
    private let queue = DispatchQueue(label: "stepwise")
    private let isSet = DispatchSemaphore(value: 0)
    private let isFirst = Held(true)

    var between: (@Sendable () -> Void)? {
        get { step.with { $0 } }
        set {
            step.with { $0 = newValue }
            isSet.signal()
        }
    }

    func execute(_ work: @escaping @Sendable () -> Void) {
        // The first is the creation.
        let isFirst = isFirst.with { first in
            defer { first = false }
            return first
        }
        queue.async { [self] in
            if !isFirst {
                isSet.wait()
                between?()
            }
            work()
        }
    }
}
