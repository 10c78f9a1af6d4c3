package org.authenticatorcore

import org.authenticatorcore.ffi.ApprovalHistoryItem
import org.authenticatorcore.ffi.ApprovalProblem
import org.authenticatorcore.ffi.ApprovalRequest
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.DecisionReason
import org.authenticatorcore.ffi.Refusal
import org.authenticatorcore.ffi.VerificationMessage

/**
 * Sign-ins that a service asks to approve, and what the person decides: part of [Authenticator].
 *
 * A push is a hint: hand it to [takePush], and the same request comes by [ApprovalExchanges.poll]. Show a
 * request with everything in its details; what is on the screen stays there and is never replaced by a
 * newer one. A decision is final and durable when its call returns; [ApprovalExchanges.carry] sends it, and the
 * service's receipt comes as an event. Carry one approval before the next of the same credential. A number or a PIN is right or wrong for the service alone to say.
 *
 * What is not possible is thrown as [AuthenticatorException.ApprovalFailed], and [ApprovalProblem] says what to
 * do; what is not believed as [AuthenticatorException.NotBelieved]. Calls that change something wait for each
 * other. All need the vault unlocked.
 */
public sealed interface Approvals : AuthenticatorPart {
    /**
     * Verifies what a push brought, and keeps it: the text `p`, whatever carried it. Gives the request's
     * id; the same push once more gives the same.
     *
     * @throws AuthenticatorException.NotBelieved with [Refusal.UNKNOWN_KEY] if the service has newer
     *   keys: [ApprovalExchanges.carry] fetches them, then try once more.
     */
    public suspend fun takePush(push: String): String = door.approve { takePush(push, it) }

    /**
     * The requests that are open, and those that were decided or ended a moment ago, the oldest first. What
     * becomes of the notification of each, it says.
     */
    public suspend fun requests(): List<ApprovalRequest> = door.askSlowly { requests(it) }

    /** The requests that are over, the newest first, about 1000 at most. */
    public suspend fun history(): List<ApprovalHistoryItem> = door.askSlowly { history(it) }

    /**
     * Approves a request that asks for nothing but presence. `typed` is the number as the person typed it, or
     * the text of the QR code that they scanned; null where the request asks for neither, and where
     * the same decision is proved anew.
     */
    public suspend fun approve(id: String, typed: String? = null): Unit =
        door.approve { approve(id, typed, it) }

    /** As [approve], with the approval PIN. It is stretched for about half a second. */
    public suspend fun approveWithPin(id: String, pin: SecretBytes, typed: String? = null): Unit =
        door.approve { now -> pin.read { approveWithPin(id, typed, it, now) } }

    /**
     * What the credential's verification key has to sign after the person showed a finger or a face:
     * have it signed, call [approveWithBiometric] with both, and close it. `typed` as with [approve].
     */
    public suspend fun verificationMessage(id: String, typed: String? = null): VerificationMessage =
        door.askInTurn({ it.close() }) { verificationMessage(id, typed, it) }

    /** As [approve], proved by the signature of `message` in DER. `typed` is what [verificationMessage] was given. */
    public suspend fun approveWithBiometric(
        id: String,
        message: VerificationMessage,
        signature: ByteArray,
        typed: String? = null,
    ): Unit = door.approve { now ->
        message.borrowed().use { approveWithBiometric(id, typed, it, signature, now) }
    }

    /** Denies, which needs nothing but the phone; it is sent also later, when there is a network. */
    public suspend fun deny(id: String, reason: DecisionReason? = null): Unit =
        door.approve { deny(id, reason, it) }

    /** Denies, and tells the service that somebody else asked. */
    public suspend fun report(id: String, reason: DecisionReason? = null): Unit =
        door.approve { report(id, reason, it) }

    /** Denies everything that is open, and what comes within ten minutes. */
    public suspend fun denyAll(): Unit = door.approve { denyAll(it) }
}
