import AuthenticatorCoreBindings
import Foundation

extension Authenticator {
    /// The codes of the screen, anew whenever they change.
    ///
    /// ```swift
    /// for try await codes in authenticator.codeUpdates() { show(codes) }
    /// showLockScreen()
    /// ```
    ///
    /// It gives them at once, then exactly when the first of them is over by the ``DeviceClock``, and when
    /// accounts were changed through this object. Whoever reads slowly gets the newest only. It looks at
    /// the clock at least once a second, so that a device that slept, a clock that was set and a vault that
    /// locks by itself are noticed within a second; ``enterForeground()`` has it look at once.
    ///
    /// It ends when the vault is locked or closed, also where it is at the beginning; begin anew after the
    /// next unlock. It throws an ``AuthenticatorError`` where the codes cannot be read, and ends so too. A
    /// task that is cancelled gets no more.
    ///
    /// - Parameters:
    ///   - useCorrectedTime: Whether to take the time of ``learnTime(_:)`` in place of the wall clock.
    ///   - sleeping: Waits for so many nanoseconds; tests have one of their own. It may take longer, and
    ///     throws if the task is cancelled.
    public func codeUpdates(
        useCorrectedTime: Bool = false,
        sleeping: @escaping @Sendable (_ nanoseconds: UInt64) async throws -> Void = {
            try await Task.sleep(nanoseconds: $0)
        }
    ) -> CodeUpdates {
        CodeUpdates(authenticator: self, useCorrectedTime: useCorrectedTime, sleeping: sleeping)
    }

    /// The codes, and until when they are the right ones: by the wall clock of the app.
    fileprivate func shownCodes(_ useCorrectedTime: Bool) throws(AuthenticatorError) -> ShownCodes {
        try call { handle, now in
            let codes = Codes(packed: try handle.codes(useCorrectedTime: useCorrectedTime, now: now))
            let time =
                useCorrectedTime ? try handle.correctedTimeMillis(now: now) : now.wallMillis
            return ShownCodes(codes, clockAhead: now.wallMillis - time)
        }
    }

    /// What the wall clock shows; none once the vault is locked.
    fileprivate func wallMillisIfUnlocked() throws(AuthenticatorError) -> Int64? {
        try call { try $0.isUnlocked(now: $1) ? $1.wallMillis : nil }
    }
}

/// The codes of a screen, anew whenever they change: ``Authenticator/codeUpdates(useCorrectedTime:sleeping:)``.
public struct CodeUpdates: AsyncSequence, Sendable {
    /// What every account outside the trash shows, in no order.
    public typealias Element = Codes

    fileprivate let authenticator: Authenticator
    fileprivate let useCorrectedTime: Bool
    fileprivate let sleeping: @Sendable (UInt64) async throws -> Void

    /// Begins anew, at once.
    public func makeAsyncIterator() -> Iterator {
        Iterator(updates: self)
    }

    /// Reads the codes when it is asked for the next.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let updates: CodeUpdates
        private var shown: ShownCodes?
        private var seen: UInt64 = 0
        private var isOver = false

        fileprivate init(updates: CodeUpdates) {
            self.updates = updates
        }

        /// The codes once they are others than the ones before; none once the vault is locked or closed,
        /// or the task was cancelled.
        public mutating func next() async throws -> Codes? {
            guard !isOver else { return nil }
            do {
                guard try await waitUntilOver() else { return end() }
                // Before the codes are read: what is changed meanwhile is shown next.
                seen = updates.authenticator.changes.count
                let now = try updates.authenticator.shownCodes(updates.useCorrectedTime)
                shown = now
                return now.codes
            } catch AuthenticatorError.locked, AuthenticatorError.closed {
                return end()
            } catch is CancellationError {
                return end()
            } catch {
                isOver = true
                throw error
            }
        }

        /// Waits until what was shown is no longer right. False if there is nothing to wait for.
        private func waitUntilOver() async throws -> Bool {
            while !Task.isCancelled {
                guard let wall = try updates.authenticator.wallMillisIfUnlocked() else { return false }
                guard let shown, updates.authenticator.changes.count == seen else { return true }
                guard let left = shown.millisLeft(at: wall) else { return true }
                // Computed anew after every wake: neither a sleep that took longer nor a clock that was
                // set adds up.
                try await sleep(millis: Swift.min(left, 1000))
            }
            return false
        }

        /// Sleeps, or until something changes.
        private func sleep(millis: Int64) async throws {
            let (updates, seen) = (updates, seen)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await updates.sleeping(UInt64(millis) * 1_000_000) }
                group.addTask { await updates.authenticator.changes.wait(after: seen) }
                defer { group.cancelAll() }
                try await group.next()
            }
        }

        private mutating func end() -> Codes? {
            isOver = true
            return nil
        }
    }
}

/// Codes, and the span of the wall clock in which they are the right ones.
private struct ShownCodes {
    let codes: Codes
    private let span: (from: Int64, until: Int64)

    /// - Parameter clockAhead: By how much the wall clock is ahead of the time of the codes, in
    ///   milliseconds.
    init(_ codes: Codes, clockAhead: Int64) {
        self.codes = codes
        span = codes.span(clockAhead: clockAhead)
    }

    /// How long they still are; none if they are not.
    func millisLeft(at wall: Int64) -> Int64? {
        guard wall >= span.from, wall < span.until else { return nil }
        return span.until - Swift.max(wall, 0)
    }
}
