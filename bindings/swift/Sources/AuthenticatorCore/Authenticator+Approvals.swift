import AuthenticatorCoreBindings
import Foundation

/// Sign-ins that a service asks to approve, and what the person decides.
///
/// A push is a hint: hand it to ``takePush(_:)``; the same request comes when the service is asked. Show a
/// request with everything in its details; what is on the screen stays there and is never replaced by a newer
/// one. A decision is final and durable when its call returns; ``carry(with:)`` sends it, and the service's
/// receipt comes as an event. Carry one approval before the next of the same credential. A number or a PIN is
/// right or wrong for the service alone to say.
///
/// What is not possible is ``AuthenticatorError/approvalFailed(problem:)``, whose problem says what to do; what
/// is not believed is ``AuthenticatorError/notBelieved(refusal:)``. All of it needs the vault unlocked, and runs
/// on the executor, one call at a time.
extension Authenticator {
    /// Verifies what a push brought, and keeps it.
    ///
    /// - Parameter push: The text `p`, whatever carried it.
    /// - Returns: The request's id; the same push once more gives the same.
    /// - Throws: ``AuthenticatorError/notBelieved(refusal:)`` with `unknownKey` if the service has newer keys:
    ///   ``carry(with:)`` fetches them, then try once more.
    public func takePush(_ push: String) async throws -> String {
        try await approving { try $0.takePush(push: push, now: $1) }
    }

    /// The requests that are open, and those that were decided or ended a moment ago, the oldest first. What
    /// becomes of the notification of each, it says.
    public func approvalRequests() async throws -> [ApprovalRequest] {
        try await slowly { try $0.requests(now: $1) }
    }

    /// The requests that are over, the newest first, about 1000 at most.
    public func approvalHistory() async throws -> [ApprovalHistoryItem] {
        try await slowly { try $0.history(now: $1) }
    }

    /// Approves a request that asks for nothing but presence.
    ///
    /// - Parameter typed: The number as the person typed it, or the text of the QR code that they scanned; none
    ///   where the request asks for neither, and where the same decision is proved anew.
    public func approve(_ request: String, typed: String? = nil) async throws {
        try await approving { try $0.approve(id: request, typed: typed, now: $1) }
    }

    /// As ``approve(_:typed:)``, with the approval PIN. It is stretched for about half a second.
    public func approve(_ request: String, typed: String? = nil, pin: SecretData) async throws {
        try await approving { handle, now in
            try pin.lend { try handle.approveWithPin(id: request, typed: typed, pin: $0, now: now) }
        }
    }

    /// What the credential's verification key has to sign after the person showed a finger or a face.
    ///
    /// - Parameter typed: As with ``approve(_:typed:)``.
    public func verificationMessage(_ request: String, typed: String? = nil) async throws -> VerificationMessage {
        let message = try await inTurn {
            try $0.verificationMessage(id: request, typed: typed, now: $1)
        }
        return VerificationMessage(message)
    }

    /// As ``approve(_:typed:)``, proved by a biometric.
    ///
    /// - Parameters:
    ///   - typed: What ``verificationMessage(_:typed:)`` was given.
    ///   - message: What it gave.
    ///   - signature: ECDSA with SHA-256 by the message's key, in DER.
    public func approve(
        _ request: String, typed: String? = nil, message: VerificationMessage, signature: Data
    ) async throws {
        let signed = message.object
        try await approving {
            try $0.approveWithBiometric(
                id: request, typed: typed, verification: signed, signature: signature, now: $1)
        }
    }

    /// Denies, which needs nothing but the phone; it is sent also later, when there is a network.
    public func deny(_ request: String, because reason: DecisionReason? = nil) async throws {
        try await approving { try $0.deny(id: request, reason: reason, now: $1) }
    }

    /// Denies, and tells the service that somebody else asked.
    public func report(_ request: String, because reason: DecisionReason? = nil) async throws {
        try await approving { try $0.report(id: request, reason: reason, now: $1) }
    }

    /// Denies everything that is open, and what comes within ten minutes.
    public func denyAll() async throws {
        try await approving { try $0.denyAll(now: $1) }
    }
}

/// What a verification key has to sign: have it signed, and approve with both.
public final class VerificationMessage: Sendable {
    let object: AuthenticatorCoreBindings.VerificationMessage

    init(_ object: AuthenticatorCoreBindings.VerificationMessage) {
        self.object = object
    }

    /// What the key store finds the key by.
    public var keyHandle: Data { object.keyHandle() }

    /// What is to be signed.
    public var bytes: Data { object.bytes() }
}
