import AuthenticatorCore
import Foundation
import Testing

/// A carrier that a test makes of a function.
private struct Carrier: HttpCarrier {
    let sending: @Sendable (HttpRequest) async throws -> HttpResponse

    func send(_ request: HttpRequest) async throws -> HttpResponse { try await sending(request) }
}

@Suite struct CarryTests {
    @Test func whatCouldNotBeSentIsSaidAndSentLater() async throws {
        let site = try Site()
        let vault = try await site.vault()
        let id = try await vault.beginEnrolment(secret(try site.page("enrol")))
        let away = Carrier { _ in throw Surprise() }
        #expect(try await vault.carry(with: away) == [.failed(credential: id, problem: .unavailable)])
        // Not at once.
        #expect(try await vault.carry(with: carrier) == [])
        var events: [ApprovalEvent] = []
        for _ in 0..<100 where events.isEmpty {
            try await Task.sleep(nanoseconds: 200_000_000)
            events = try await vault.carry(with: carrier)
        }
        #expect(events == [.enrolmentToConfirm(credential: id)])
    }

    @Test func aResponseThatIsLostLosesNothing() async throws {
        let site = try Site()
        let vault = try await site.vault()
        _ = try await site.enrol(vault)
        let request = try await vault.takePush(try site.ask())
        try await site.approve(vault, request)
        let (arrived, mayEnd) = (AsyncStream<Void>.makeStream(), AsyncStream<Void>.makeStream())
        let losing = Carrier { sent in
            _ = try await carrier.send(sent)
            arrived.continuation.yield()
            for await _ in mayEnd.stream {}
            throw CancellationError()
        }
        let caller = Task { try await vault.carry(with: losing) }
        var arrival = arrived.stream.makeAsyncIterator()
        await arrival.next()
        caller.cancel()
        mayEnd.continuation.finish()
        await #expect(throws: CancellationError.self) { try await caller.value }
        #expect(try site.page("state") == "approved")
        #expect(try await vault.request(request).state == .sent(decision: .approve))
        #expect(try await vault.carry(with: carrier) == [.receipt(request: request, outcome: .approved)])
    }

    @Test func nonsenseIsNotBelieved() async throws {
        let site = try Site()
        let vault = try await site.vault()
        let id = try await site.enrol(vault)
        let portal = Carrier { _ in HttpResponse(status: 200, headers: [], body: Data("<html>".utf8)) }
        let events = try await vault.poll(id, with: portal)
        #expect(events == [.failed(credential: id, problem: .notBelieved(refusal: .malformed))])
        #expect(try await vault.accountDevices(id, with: portal) == nil)
    }

    @Test func aNewerKeyOfTheServiceIsFetchedAndThePushBelievedThen() async throws {
        let site = try Site()
        let vault = try await site.vault()
        _ = try await site.enrol(vault)
        try site.page("new-signing-key")
        let push = try site.ask()
        #expect(await refusal { _ = try await vault.takePush(push) } == .notBelieved(refusal: .unknownKey))
        _ = try await vault.carry(with: carrier)
        let request = try await vault.takePush(push)
        try await site.approve(vault, request)
        #expect(try await vault.carry(with: carrier) == [.receipt(request: request, outcome: .approved)])
    }

    @Test func eventsComeAtOnceAfterADecisionAndEndWithALock() async throws {
        let site = try Site()
        let vault = try await site.vault()
        _ = try await site.enrol(vault)
        _ = try site.ask()
        // It sleeps for ever: what follows comes because something was decided.
        let never: @Sendable (UInt64) async throws -> Void = { _ in try await Task.sleep(nanoseconds: .max) }
        var events = vault.approvalEvents(with: carrier, sleeping: never).makeAsyncIterator()
        guard case .requested(let request) = try await events.next() else { throw Unexpected() }
        try await site.approve(vault, request)
        #expect(try await events.next() == .receipt(request: request, outcome: .approved))
        vault.lock()
        #expect(try await events.next() == nil)
        #expect(await refusal { _ = try await vault.carry(with: carrier) } == .locked)
        #expect(await refusal { for try await _ in vault.approvalEvents(with: carrier) {} } == nil)
    }

    @Test func withoutAPushOrADecisionItAsksAgainLaterEachTime() async throws {
        let site = try Site()
        let vault = try await site.vault()
        _ = try await site.enrol(vault)
        let pauses = Held<[UInt64]>([])
        let events = vault.approvalEvents(with: carrier) { nanoseconds in
            let count = pauses.with {
                $0.append(nanoseconds / 1_000_000)
                return $0.count
            }
            if count == 3 { _ = try site.ask() }
        }
        var iterator = events.makeAsyncIterator()
        guard case .requested = try await iterator.next() else { throw Unexpected() }
        let waited = pauses.with { $0 }
        #expect(2400...3600 ~= waited[0] && 3600...5400 ~= waited[1] && 5400...8100 ~= waited[2])
    }

    @Test func noRedirectIsTakenAndNoMoreOfABodyThanIsLookedAt() async throws {
        let site = try Site()
        let request = { (verb: String) in
            HttpRequest(method: "GET", url: "\(site.origin)/page/\(verb)", headers: [], body: Data())
        }
        #expect(try await carrier.send(request("moved")).status == 302)
        let long = try await carrier.send(request("long"))
        #expect(long.status == 200 && long.body.count == URLSessionCarrier.maxBody)
        let echo = HttpRequest(
            method: "POST", url: "\(site.origin)/page/echo",
            headers: [HttpHeader(name: "Content-Type", value: "application/jwt")], body: Data("a.b".utf8))
        let said = try await carrier.send(echo)
        #expect(String(decoding: said.body, as: UTF8.self) == "POST application/jwt a.b")
        #expect(said.headers.contains { $0.name.lowercased() == "dpop-nonce" && $0.value == "abc" })
    }

    @Test func aServiceThatIsNotThereIsNotReached() async throws {
        let site = try Site()
        let sent = HttpRequest(method: "GET", url: "\(site.origin)/page/unknown", headers: [], body: Data())
        #expect(try await carrier.send(sent).status == 404)
        let gone = HttpRequest(method: "GET", url: "http://127.0.0.1:1/", headers: [], body: Data())
        await #expect(throws: (any Error).self) { _ = try await carrier.send(gone) }
    }
}
