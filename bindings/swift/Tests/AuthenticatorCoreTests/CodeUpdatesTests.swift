import AuthenticatorCore
import Foundation
import Testing

/// The codes of a screen are given anew exactly when they change, by a clock that the test sets.
@Suite struct CodeUpdatesTests {
    private let phone: Phone
    private let night = Night()

    init() throws {
        phone = try Phone(seconds: 59)
    }

    /// A vault with one account, which never locks itself.
    private func create() async throws -> Authenticator {
        let authenticator = try await phone.create()
        try authenticator.addNew(totp("alice"))
        let never = AutoLock(foregroundSeconds: nil, backgroundSeconds: nil)
        try authenticator.setAutoLock(never, presenceSeconds: 30)
        return authenticator
    }

    private func updates(_ authenticator: Authenticator, corrected: Bool = false) -> CodeUpdates.Iterator {
        authenticator.codeUpdates(useCorrectedTime: corrected, sleeping: night.sleep).makeAsyncIterator()
    }

    @Test func theyComeAtOnceAndThenAtEachBoundary() async throws {
        let authenticator = try await create()
        phone.clock.advance(millis: 250)
        night.wake = { [phone] in phone.clock.advance(millis: $0) }
        var updates = updates(authenticator)

        #expect(try await updates.next()?.first?.groupedCode == "287 082")
        #expect(phone.clock.wallMillis == 59_250)
        #expect(try await updates.next()?.first?.validUntil == Date(timeIntervalSince1970: 90))
        #expect(phone.clock.wallMillis == 60_000)
        _ = try await updates.next()
        #expect(phone.clock.wallMillis == 90_000)
        #expect(night.asked.with { $0.max() } == 1000)
        #expect(night.asked.with { $0.first } == 750)
    }

    @Test func aLateWakeAddsNothingUp() async throws {
        let authenticator = try await create()
        // The system sleeps for longer than it was asked to, by 13 milliseconds each time.
        night.wake = { [phone] in phone.clock.advance(millis: $0 + 13) }
        var updates = updates(authenticator)
        _ = try await updates.next()
        for boundary in (2...40).map({ Int64($0) * 30_000 }) {
            _ = try await updates.next()
            #expect((boundary...boundary + 13).contains(phone.clock.wallMillis))
        }
    }

    @Test func aNightAndASetClockAreNoticedAtTheNextWake() async throws {
        let authenticator = try await create()
        var updates = updates(authenticator)
        _ = try await updates.next()
        night.wake = { [phone] _ in phone.clock.advance(seconds: 8 * 3600) }
        #expect(try await updates.next()?.first?.validUntil == Date(timeIntervalSince1970: 8 * 3600 + 60))
        night.wake = { [phone] _ in phone.clock.set(wallMillis: 10_000) }
        #expect(try await updates.next()?.first?.validUntil == Date(timeIntervalSince1970: 30))
    }

    @Test func theFirstBoundaryOfAnyAccountCounts() async throws {
        let authenticator = try await create()
        try authenticator.addNew(draft("otpauth://totp/Example:bob?secret=\(rfcSecret)&period=7"))
        night.wake = { [phone] in phone.clock.advance(millis: $0) }
        var updates = updates(authenticator)
        var times: [Int64] = []
        for _ in 0..<6 {
            _ = try await updates.next()
            times.append(phone.clock.wallMillis)
        }
        #expect(times == [59_000, 60_000, 63_000, 70_000, 77_000, 84_000])
    }

    @Test func aChangeIsShownAtOnceAndOnlyTheNewest() async throws {
        let authenticator = try await create()
        var updates = updates(authenticator)
        _ = try await updates.next()
        let ids = try ["bob", "carol"].map { try authenticator.addNew(totp($0)) }
        #expect(try await updates.next()?.count == 3)
        night.wake = { _ in try? authenticator.putInTrash(ids) }
        #expect(try await updates.next()?.count == 1)
    }

    @Test func aChangeWakesTheOneWhoSleeps() async throws {
        let authenticator = try await create()
        let sleeping = AsyncStream<Void>.makeStream()
        let updates = authenticator.codeUpdates(sleeping: { _ in
            sleeping.continuation.yield()
            // For ever: only a change can end it.
            try await Task.sleep(nanoseconds: .max)
        })
        let second = Task {
            var iterator = updates.makeAsyncIterator()
            _ = try await iterator.next()
            return try await iterator.next()
        }
        var asleep = sleeping.stream.makeAsyncIterator()
        await asleep.next()
        try authenticator.addNew(totp("bob"))
        #expect(try await second.value?.count == 2)
    }

    @Test func theyEndWhenTheVaultIsLockedOrClosed() async throws {
        let authenticator = try await create()
        for end in [authenticator.lock, authenticator.close] {
            _ = try await authenticator.unlockWithPlatform()
            var updates = updates(authenticator)
            #expect(try await updates.next() != nil)
            night.wake = { _ in end() }
            #expect(try await updates.next() == nil)
            #expect(try await updates.next() == nil)
        }
        var late = updates(authenticator)
        #expect(try await late.next() == nil)
    }

    @Test func theyEndWhenTheVaultLocksItself() async throws {
        let authenticator = try await create()
        try authenticator.setAutoLock(
            AutoLock(foregroundSeconds: 5, backgroundSeconds: nil), presenceSeconds: 30)
        night.wake = { [phone] in phone.clock.advance(millis: $0) }
        var updates = updates(authenticator)
        while try await updates.next() != nil {}
        #expect(phone.clock.wallMillis <= 59_000 + 6_000)
    }

    @Test func aCancelledTaskGetsNoMore() async throws {
        let authenticator = try await create()
        let sleeping = AsyncStream<Void>.makeStream()
        let updates = authenticator.codeUpdates(sleeping: { _ in
            sleeping.continuation.yield()
            try await Task.sleep(nanoseconds: .max)
        })
        let task = Task {
            var count = 0
            for try await _ in updates { count += 1 }
            return count
        }
        var asleep = sleeping.stream.makeAsyncIterator()
        await asleep.next()
        task.cancel()
        #expect(try await task.value == 1)
        #expect(try authenticator.isUnlocked())
    }

    @Test func theCorrectedTimeHasItsOwnBoundaries() async throws {
        let authenticator = try await create()
        // The phone showed this half a second after the second that the server named: it is 12.5
        // seconds behind.
        let now = try authenticator.moment()
        try authenticator.learnTime(
            ClockSample(serverMillis: now.wallMillis + 12_000, sent: now, received: now))
        night.wake = { [phone] in phone.clock.advance(millis: $0) }
        var updates = updates(authenticator, corrected: true)
        #expect(try await updates.next()?.first?.validUntil == Date(timeIntervalSince1970: 90))
        _ = try await updates.next()
        #expect(phone.clock.wallMillis == 90_000 - 12_500)
        #expect(try authenticator.correctedTime() == Date(timeIntervalSince1970: 90))
        #expect(try authenticator.isClockOff(periodSeconds: 10))
    }

    @Test func whatCannotBeReadIsThrownOnce() async throws {
        let authenticator = try await create()
        var updates = updates(authenticator)
        _ = try await updates.next()
        night.wake = { [phone] _ in phone.clock.stop() }
        await #expect(throws: AuthenticatorError.clockUnavailable) { try await updates.next() }
        #expect(try await updates.next() == nil)
    }
}

/// Sleeps as a test says: at once, with something that happens meanwhile.
private final class Night: Sendable {
    private let happens = Held<@Sendable (_ millis: Int64) -> Void>({ _ in })
    let asked = Held<[Int64]>([])

    var wake: @Sendable (Int64) -> Void {
        get { happens.with { $0 } }
        set { happens.with { $0 = newValue } }
    }

    var sleep: @Sendable (UInt64) async throws -> Void {
        { [self] nanoseconds in
            let millis = Int64(nanoseconds / 1_000_000)
            asked.with { $0.append(millis) }
            wake(millis)
        }
    }
}
