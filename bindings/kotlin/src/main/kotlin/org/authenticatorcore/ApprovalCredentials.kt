package org.authenticatorcore

import org.authenticatorcore.ffi.ApprovalCredential
import org.authenticatorcore.ffi.ApprovalEnrolment
import org.authenticatorcore.ffi.ApprovalEvent
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.DeviceDescription
import org.authenticatorcore.ffi.EnrolmentLink
import org.authenticatorcore.ffi.PinProblem
import org.authenticatorcore.ffi.PreviewKey
import org.authenticatorcore.ffi.PushTarget
import org.authenticatorcore.ffi.RevocationReason
import org.authenticatorcore.ffi.ScannedText
import org.authenticatorcore.ffi.WebPushKeys
import org.authenticatorcore.ffi.checkNewApprovalPin
import org.authenticatorcore.ffi.parseEnrolmentLink

/**
 * The accounts that this phone approves for, from their enrolment to their end: part of [Authenticator].
 *
 * An enrolment goes on by events of [ApprovalExchanges.carry]: [beginEnrolment], then
 * [ApprovalEvent.EnrolmentToConfirm], after which the person is asked and [confirmEnrolment] makes the keys;
 * then [ApprovalEvent.PairingCode], which the person types into the page; then the service asks for a first
 * approval, as a test, after which comes [ApprovalEvent.Activated].
 *
 * What is called here is sent by the next [ApprovalExchanges.carry]. Calls that change something wait for
 * each other. All need the vault unlocked.
 */
public sealed interface ApprovalCredentials : AuthenticatorPart {
    /**
     * Begins to enrol this phone with what was scanned or opened, and gives the enrolment's id, which the
     * credential will have too. Nothing is confirmed yet.
     *
     * @throws AuthenticatorException.NotBelieved if it is no such link, or is over.
     */
    public suspend fun beginEnrolment(link: SecretBytes): String =
        door.approve { now -> link.read { beginEnrolment(it, now) } }

    /**
     * Makes the keys and the enrolment message, once the person has confirmed origin and account.
     *
     * @param pin the new approval PIN, if there is one: not the vault's.
     */
    public suspend fun confirmEnrolment(id: String, device: DeviceDescription, pin: SecretBytes? = null): Unit =
        door.approve { now ->
            if (pin == null) confirmEnrolment(id, device, NOTHING, now)
            else pin.read { confirmEnrolment(id, device, it, now) }
        }

    /**
     * Gives an enrolment up, at any stage before it is active; keys that were made are deleted. Where the
     * test was approved, and no receipt has come, it may be active at the service: have the person remove
     * it on the service's page.
     */
    public suspend fun cancelEnrolment(id: String): Unit = door.approve { cancelEnrolment(id, it) }

    /** Enrolments that the service has made no offer for yet. */
    public suspend fun enrolments(): List<ApprovalEnrolment> = door.askSlowly { enrolments(it) }

    /** The credentials of this phone, also those that are still enrolled, and those that are over. */
    public suspend fun credentials(): List<ApprovalCredential> = door.askSlowly { credentials(it) }

    /**
     * What a notification's own process needs in order to show what a push of this credential says, without
     * the vault: keep its [toSecretBytes] where only the app reads them, and make it anew after every
     * [ApprovalExchanges.carry]. Close it.
     */
    public suspend fun previewKey(id: String): PreviewKey =
        door.askSlowly({ it.close() }) { previewKey(id, it) }

    /** Has the service send pushes elsewhere from now on; null: nowhere. */
    public suspend fun changePush(id: String, target: PushTarget?): Unit =
        door.approve { changePush(id, target, it) }

    /**
     * Ends a credential: this phone's own, or that of another of the account's devices, by its id in
     * [ApprovalExchanges.accountDevices]. This phone's keys stay until the service has said that it is done.
     */
    public suspend fun removeCredential(
        id: String,
        reason: RevocationReason = RevocationReason.REMOVED,
        otherDevice: String? = null,
    ): Unit = door.approve { removeCredential(id, otherDevice, reason, it) }

    /** Forgets a credential that the service has ended, or does not know any more. The history stays. */
    public suspend fun forgetCredential(id: String): Unit = door.approve { forgetCredential(id, it) }

    /** Changes the approval PIN. Which of the two counts, the service says: [ApprovalEvent.PinChange]. */
    public suspend fun changeApprovalPin(id: String, old: SecretBytes, new: SecretBytes): Unit =
        door.approve { now -> old.read { typed -> new.read { changeApprovalPin(id, typed, it, now) } } }
}

/**
 * Reads a link that may ask to enrol this phone, `approval://enrol` or one of the app's own; null if it is
 * something else. Show origin and account: nothing in it is proved.
 *
 * @throws AuthenticatorException.NotBelieved if it is such a link, and of no use.
 */
public fun enrolmentLink(text: SecretBytes): EnrolmentLink? =
    try {
        text.read { parseEnrolmentLink(it) }
    } catch (refused: AuthenticatorException.NotBelieved) {
        if (refused.refusal == org.authenticatorcore.ffi.Refusal.WRONG_TYPE) null else throw refused
    }

/** As [enrolmentLink], of a QR code that [readQrCodes] read. */
public fun enrolmentLink(text: ScannedText): EnrolmentLink? = text.toSecretBytes().use { enrolmentLink(it) }

/** What is wrong with an approval PIN that is to be a new one; null if it may be one. */
public fun problemOfNewApprovalPin(pin: SecretBytes): PinProblem? =
    try {
        pin.read { checkNewApprovalPin(it) }
        null
    } catch (refused: AuthenticatorException.InvalidPin) {
        refused.problem
    }

/** What is to be kept of it. */
public fun PreviewKey.toSecretBytes(): SecretBytes = SecretBytes.from(reveal())

/** What [toSecretBytes] gave. */
public fun PreviewKey.Companion.from(bytes: SecretBytes): PreviewKey = bytes.read { fromBytes(it) }

/** What is to be kept of it, as of a [PreviewKey]. */
public fun WebPushKeys.toSecretBytes(): SecretBytes = SecretBytes.from(reveal())

/** What [toSecretBytes] gave. */
public fun WebPushKeys.Companion.from(bytes: SecretBytes): WebPushKeys = bytes.read { fromBytes(it) }
