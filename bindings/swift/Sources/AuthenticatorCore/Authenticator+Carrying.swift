import AuthenticatorCoreBindings
import Foundation

/// What is carried between the phone and the services. A task that is cancelled loses nothing: what has to be
/// sent is made again, and sent twice it counts once.
extension Authenticator {
    /// Sends everything that has to be sent now, until there is nothing.
    ///
    /// - Returns: What it brought about, which is durable then. What could not be sent is `failed`, and is due
    ///   again later.
    public func carry(with carrier: any HttpCarrier) async throws -> [ApprovalEvent] {
        var events: [ApprovalEvent] = []
        // What failed is not due at once; but a service that always has an answer must not hold us here.
        while events.count < Self.mostEvents {
            let due = try await inTurn { try $0.exchanges(now: $1) }
            guard !due.isEmpty else { break }
            for exchange in due {
                events += try await send(exchange, with: carrier)
            }
        }
        return events
    }

    /// Asks what is new for a credential: once after every push, where ``approvalEvents(with:sleeping:)`` does not.
    public func poll(_ credential: String, with carrier: any HttpCarrier) async throws -> [ApprovalEvent] {
        let exchange = try await inTurn { try $0.poll(id: credential, now: $1) }
        return try await send(exchange, with: carrier)
    }

    /// The devices of a credential's account; none if the service did not say.
    public func accountDevices(
        _ credential: String, with carrier: any HttpCarrier
    ) async throws -> [AccountDevice]? {
        let exchange = try await inTurn { try $0.askDevices(id: credential, now: $1) }
        for case .devices(_, let devices) in try await send(exchange, with: carrier) { return devices }
        return nil
    }

    /// Carries and asks for as long as somebody iterates, while the app is open: at once, then after 3 s, then
    /// longer by half each time up to 30 s, each up to 20 % shorter or longer; and at once, and from the
    /// beginning, after a push was taken and after every decision and change.
    ///
    /// ```swift
    /// for try await event in authenticator.approvalEvents(with: URLSessionCarrier()) { show(event) }
    /// ```
    ///
    /// It ends when the vault is locked or closed: begin anew after the next unlock. It throws an
    /// ``AuthenticatorError`` where that is none of the two, and ends so too.
    ///
    /// - Parameter sleeping: Waits for so many nanoseconds; tests have one of their own. It throws if the task
    ///   is cancelled.
    public func approvalEvents(
        with carrier: any HttpCarrier,
        sleeping: @escaping @Sendable (_ nanoseconds: UInt64) async throws -> Void = {
            try await Task.sleep(nanoseconds: $0)
        }
    ) -> AsyncThrowingStream<ApprovalEvent, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    try await askForever(with: carrier, sleeping) { continuation.yield($0) }
                } catch AuthenticatorError.locked, AuthenticatorError.closed {
                    continuation.finish()
                } catch is CancellationError {
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private func askForever(
        with carrier: any HttpCarrier,
        _ sleeping: @escaping @Sendable (UInt64) async throws -> Void,
        _ tell: (ApprovalEvent) -> Void
    ) async throws {
        var attempt: UInt32 = 0
        while true {
            let seen = approvalWork.count
            try await askOnce(with: carrier).forEach(tell)
            let delay = pollDelayMillis(attempt: attempt, random: .random(in: 0...255))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await sleeping(UInt64(delay) * 1_000_000) }
                group.addTask { [approvalWork] in await approvalWork.wait(after: seen) }
                defer { group.cancelAll() }
                try await group.next()
            }
            try Task.checkCancellation()
            attempt = approvalWork.count == seen ? attempt + 1 : 0
        }
    }

    /// Sends what is due, asks what is new, and sends what that brought about.
    private func askOnce(with carrier: any HttpCarrier) async throws -> [ApprovalEvent] {
        guard try call({ try $0.isUnlocked(now: $1) }) else { throw AuthenticatorError.locked }
        var events = try await carry(with: carrier)
        for credential in try await credentials() where credential.state != .revoked {
            do {
                events += try await poll(credential.id, with: carrier)
            } catch AuthenticatorError.approvalFailed(.notFound) {
                // It is gone since it was listed.
            }
        }
        return events + (try await carry(with: carrier))
    }

    /// Sends one exchange, and takes what came back.
    private func send(
        _ exchange: ApprovalExchange, with carrier: any HttpCarrier
    ) async throws -> [ApprovalEvent] {
        let response: HttpResponse
        do {
            response = try await carrier.send(exchange.request())
        } catch {
            // Who asked is gone: nothing is known of the network.
            try Task.checkCancellation()
            try await slowly { try $0.notSent(exchange: exchange, now: $1) }
            return [.failed(credential: exchange.credential(), problem: .unavailable)]
        }
        let received = try await inTurn {
            try $0.receive(exchange: exchange, response: response, now: $1)
        }
        guard let again = received.again else { return received.events }
        return received.events + (try await send(again, with: carrier))
    }

    /// No service has so much to say at once.
    private static let mostEvents = 1000
}
