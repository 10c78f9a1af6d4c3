import AuthenticatorCore
import Foundation
import Testing

@Suite struct ApprovalTests {
    @Test func aSignInIsShownWithAllItsDetailsAndApproved() async throws {
        let site = try Site()
        let vault = try await site.vault()
        let id = try await site.enrol(vault, pin: approvalPin)
        let credential = try await vault.credential(id)
        #expect(credential.account == account && credential.state == .active)
        #expect(credential.hasPin && !credential.isInHardware)

        let push = try site.ask(["uv": "pin"])
        let request = try await vault.takePush(push)
        #expect(try await vault.takePush(push) == request)
        let shown = try await vault.request(request)
        #expect(shown.kind == .signIn && shown.matching == .twoDigits)
        #expect([shown.details.app, shown.details.account] == ["Mail", account])
        #expect([shown.details.place, shown.details.device] == ["Berlin", "PC"])
        #expect(shown.verifications == [.pin] && shown.notification == .alert)
        #expect(shown.isNewApp && shown.isNewPlace)
        // What the phone takes for the service's time, from answers that say whole seconds, may be one behind.
        #expect(shown.expires.timeIntervalSince(shown.received) <= 61)

        try await site.approve(vault, request, pin: approvalPin)
        #expect(try await vault.request(request).state == .sent(decision: .approve))
        #expect(try await vault.carry(with: carrier) == [.receipt(request: request, outcome: .approved)])
        #expect(try await vault.request(request).notification == .withdrawn)
        #expect(try site.page("state") == "approved")
        let past = try #require(try await vault.approvalHistory().first)
        #expect(past.decision == .approve && past.outcome == .approved)
    }

    @Test func aWrongPinIsAskedForAgainWithoutTheNumber() async throws {
        let site = try Site()
        let vault = try await site.vault()
        let id = try await site.enrol(vault, pin: approvalPin)
        let request = try await vault.takePush(try site.ask(["uv": "pin"]))
        try await site.approve(vault, request, pin: otherPin)
        #expect(try await vault.carry(with: carrier) == [.proveAgain(request: request, outcome: .wrongPin)])
        #expect(try await vault.request(request).state == .proveAgain(outcome: .wrongPin))
        #expect(try await vault.credential(id).triesLeft == 9)
        try await vault.approve(request, pin: secret(approvalPin))
        #expect(try await vault.carry(with: carrier) == [.receipt(request: request, outcome: .approved)])
    }

    @Test func whatAPersonDidNotAskForIsDeniedAndReported() async throws {
        let site = try Site()
        let vault = try await site.vault()
        _ = try await site.enrol(vault)
        let first = try await vault.takePush(try site.ask())
        try await vault.deny(first, because: .mistake)
        let late = await refusal { try await vault.approve(first, typed: "55") }
        #expect(late == .approvalFailed(problem: .alreadyDecided))
        _ = try await vault.carry(with: carrier)
        let second = try await vault.takePush(try site.ask())
        try await vault.report(second, because: .notMe)
        #expect(try await vault.carry(with: carrier) == [.receipt(request: second, outcome: .reported)])
        _ = try await vault.takePush(try site.ask())
        try await vault.denyAll()
        _ = try await vault.carry(with: carrier)
        #expect(try site.page("state") == "denied")
        #expect(try await vault.approvalRequests().allSatisfy { $0.notification == .withdrawn })
    }

    @Test func whatCannotBeIsSaid() async throws {
        let site = try Site()
        let vault = try await site.vault()
        _ = try await site.enrol(vault)
        let request = try await vault.takePush(try site.ask(["match": "scan"]))
        let other = try site.page("match-link")
        let second = try await vault.takePush(try site.ask(["match": "scan"]))
        let ofAnother = await refusal { try await vault.approve(second, typed: other) }
        #expect(ofAnother == .approvalFailed(problem: .otherRequest))
        let noMatch = await refusal { try await vault.approve(request, typed: "55") }
        #expect(noMatch == .approvalFailed(problem: .noSuchMatch))
        let noProof = await refusal { try await vault.approve(request, typed: other, pin: secret(approvalPin)) }
        #expect(noProof == .approvalFailed(problem: .otherProof))
        #expect(await refusal { try await vault.deny("no id") } == .approvalFailed(problem: .notFound))
        #expect(await refusal { _ = try await vault.takePush("no push") } == .notBelieved(refusal: .malformed))
        try await vault.approve(request, typed: other)
        #expect(try await vault.carry(with: carrier) == [.receipt(request: request, outcome: .approved)])
    }

    @Test func anEnrolmentIsConfirmedWithWhatTheServiceAsksForOrGivenUp() async throws {
        let site = try Site("pin=required")
        let vault = try await site.vault()
        let link = try site.page("enrol")
        let read = try #require(try EnrolmentLink(secret(link)))
        #expect(read.origin == site.origin && read.account == account && read.expires > Date())
        #expect(try EnrolmentLink(secret("otpauth://totp/A?secret=AAAA")) == nil)
        let id = try await vault.beginEnrolment(secret(link))
        let early = await refusal { try await vault.confirmEnrolment(id, device: device) }
        #expect(early == .approvalFailed(problem: .notNow))
        _ = try await vault.carry(with: carrier)
        let confirm = try #require(try await vault.enrolments().first?.confirm)
        #expect(confirm.service == "Example" && confirm.pin == .required && !confirm.requiresHardware)
        let missing = await refusal { try await vault.confirmEnrolment(id, device: device) }
        #expect(missing == .approvalFailed(problem: .pinRequired))
        #expect(refusal { try Authenticator.checkNewApprovalPin(secret("123456")) } == .invalidPin(problem: .tooCommon))
        #expect(refusal { try Authenticator.checkNewApprovalPin(secret(approvalPin)) } == nil)
        let push = PushTarget(kind: .apns, target: "token")
        let pushed = DeviceDescription(name: "iPhone", platform: .ios, push: push)
        try await vault.confirmEnrolment(id, device: pushed, pin: secret(approvalPin))
        let code = try #require(link.split(separator: "&").first { $0.hasPrefix("code=") }?.dropFirst(5))
        #expect(!"\(try await vault.enrolments())".contains(code))
        try await vault.cancelEnrolment(id)
        #expect(try await vault.enrolments() == [])
    }

    @Test func aPinChangesKeysRotateAndACredentialEnds() async throws {
        let site = try Site()
        let vault = try await site.vault()
        let id = try await site.enrol(vault, pin: approvalPin)
        try await vault.changeApprovalPin(id, from: secret(approvalPin), to: secret(otherPin))
        #expect(try await vault.carry(with: carrier) == [.pinChange(credential: id, outcome: .pinChanged)])
        try await vault.changePush(id, to: PushTarget(kind: .apns, target: "another token"))
        #expect(try await vault.carry(with: carrier) == [.pushChange(credential: id, outcome: .done)])
        let rotation = try await vault.takePush(try site.ask(["kind": "rotate", "uv": "pin"]))
        try await site.approve(vault, rotation, pin: otherPin)
        #expect(try await vault.carry(with: carrier) == [.receipt(request: rotation, outcome: .approved)])
        let devices = try #require(try await vault.accountDevices(id, with: carrier))
        #expect(devices.map(\.name) == ["iPhone"] && devices.allSatisfy { $0.isThis && $0.added <= Date() })
        try await vault.removeCredential(id)
        #expect(try await vault.carry(with: carrier) == [.removal(credential: id, outcome: .done)])
    }

    @Test func theServiceSuspendsAndEndsACredential() async throws {
        let site = try Site()
        let vault = try await site.vault()
        let id = try await site.enrol(vault)
        try site.page("suspend")
        #expect(try await vault.poll(id, with: carrier) == [.suspended(credential: id)])
        try site.page("revoke", ["reason": "administrator"])
        #expect(try await vault.poll(id, with: carrier) == [.revoked(credential: id, reason: .administrator)])
        try await vault.forgetCredential(id)
        #expect(try await vault.credentials() == [])
    }

    @Test func aNotificationShowsTheSameWithoutTheVault() async throws {
        let site = try Site("encrypted")
        let vault = try await site.vault()
        let id = try await site.enrol(vault)
        let kept = try await vault.previewKey(id).reveal()
        let push = try site.ask()
        let key = try PreviewKey(kept)
        let preview = try key.preview(push)
        let request = try await vault.request(try await vault.takePush(push))
        #expect(preview.details == request.details && preview.expires == request.expires)
        #expect(refusal { _ = try key.preview("no push") } == .notBelieved(refusal: .malformed))
        let past = refusal { _ = try key.preview(push, at: Date(timeIntervalSince1970: 0)) }
        #expect(past == .notBelieved(refusal: .badTimes))
        #expect(refusal { _ = try PreviewKey(secret("{}")) } == .notBelieved(refusal: .malformed))
    }

    @Test func keysOfThePlatformApproveAndABiometricByItsOwn() async throws {
        let site = try Site("hardware")
        let keys = RemoteKeys(site)
        let vault = try await site.vault(deviceKeys: keys)
        let id = try await site.enrol(vault)
        #expect(try await vault.credential(id).isInHardware)

        let request = try await vault.takePush(try site.ask(["uv": "biometric"]))
        let number = try site.number()
        let message = try await vault.verificationMessage(request, typed: number)
        // What the app does between its prompt and the call.
        let signature = try keys.sign(handle: message.keyHandle, message: message.bytes)
        try await vault.approve(request, typed: number, message: message, signature: signature)
        #expect(try await vault.carry(with: carrier) == [.receipt(request: request, outcome: .approved)])

        let second = try await vault.takePush(try site.ask())
        for (failure, said): (PlatformError, AuthenticatorError) in [
            (.Unavailable, .platformUnavailable), (.Cancelled, .promptCancelled),
            (.Invalidated, .approvalFailed(problem: .keyInvalidated)),
        ] {
            keys.failure.with { $0 = failure }
            #expect(await refusal { try await site.approve(vault, second) } == said)
        }
        keys.failure.with { $0 = nil }
        try await vault.removeCredential(id)
        _ = try await vault.carry(with: carrier)
        #expect(keys.deleted.with { $0 } == 2)
    }

    @Test func aKeyInSoftwareIsRefusedWhereTheServiceWantsHardware() async throws {
        let site = try Site("hardware")
        let vault = try await site.vault()
        let id = try await vault.beginEnrolment(secret(try site.page("enrol")))
        _ = try await vault.carry(with: carrier)
        let refused = await refusal { try await vault.confirmEnrolment(id, device: device) }
        #expect(refused == .approvalFailed(problem: .hardwareRequired))
    }
}
