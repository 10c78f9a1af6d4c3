package org.authenticatorcore.approvals

import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertNull
import kotlin.test.assertTrue
import org.authenticatorcore.JavaHttpCarrier
import org.authenticatorcore.enrolmentLink
import org.authenticatorcore.ffi.ApprovalEvent
import org.authenticatorcore.ffi.ApprovalOutcome
import org.authenticatorcore.ffi.ApprovalPinPolicy
import org.authenticatorcore.ffi.ApprovalProblem
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.CredentialState
import org.authenticatorcore.ffi.Decision
import org.authenticatorcore.ffi.DecisionReason
import org.authenticatorcore.ffi.Matching
import org.authenticatorcore.ffi.NotificationState
import org.authenticatorcore.ffi.PinProblem
import org.authenticatorcore.ffi.PreviewKey
import org.authenticatorcore.ffi.PushKind
import org.authenticatorcore.ffi.PushTarget
import org.authenticatorcore.ffi.Refusal
import org.authenticatorcore.ffi.RequestKind
import org.authenticatorcore.ffi.RequestState
import org.authenticatorcore.ffi.RevocationReason
import org.authenticatorcore.ffi.Verification
import org.authenticatorcore.from
import org.authenticatorcore.problemOfNewApprovalPin
import org.authenticatorcore.support.secret
import org.authenticatorcore.toSecretBytes
import org.junit.jupiter.api.Test

class ApprovalsTest {
    @Test
    fun `a sign-in is shown with all its details and approved by its number and the PIN`() = atSite { vault ->
        val id = enrol(vault, APPROVAL_PIN)
        val credential = vault.credential(id)
        assertEquals(ACCOUNT, credential.account)
        assertEquals(CredentialState.ACTIVE, credential.state)
        assertTrue(credential.hasPin && !credential.isInHardware)

        val push = ask("uv" to "pin")
        val request = vault.takePush(push)
        assertEquals(request, vault.takePush(push))
        val shown = vault.request(request)
        assertEquals(RequestKind.SIGN_IN, shown.kind)
        assertEquals(listOf("Mail", ACCOUNT, "Berlin", "PC"), shown.details.run { listOf(app, account, place, device) })
        assertEquals(Matching.TWO_DIGITS, shown.matching)
        assertEquals(listOf(Verification.PIN), shown.verifications)
        assertEquals(NotificationState.ALERT, shown.notification)
        assertTrue(shown.isNewApp && shown.isNewPlace)

        approve(vault, request, APPROVAL_PIN)
        assertEquals(RequestState.Sent(Decision.APPROVE), vault.request(request).state)
        assertEquals(listOf<ApprovalEvent>(ApprovalEvent.Receipt(request, ApprovalOutcome.APPROVED)), vault.carry(okHttp))
        assertEquals(NotificationState.WITHDRAWN, vault.request(request).notification)
        assertEquals("approved", page("state"))
        val past = vault.history().first()
        assertEquals(Decision.APPROVE to ApprovalOutcome.APPROVED, past.decision to past.outcome)
    }

    @Test
    fun `Java's own client carries as well`() = atSite("encrypted") { vault ->
        val carrier = JavaHttpCarrier()
        enrol(vault, carrier = carrier)
        approve(vault, vault.takePush(ask()))
        assertIs<ApprovalEvent.Receipt>(vault.carry(carrier).single())
        assertEquals("approved", page("state"))
    }

    @Test
    fun `a wrong PIN is the service's to say, and is asked for again without the number`() = atSite { vault ->
        val id = enrol(vault, APPROVAL_PIN)
        val request = vault.takePush(ask("uv" to "pin"))
        approve(vault, request, OTHER_PIN)
        val again = ApprovalEvent.ProveAgain(request, ApprovalOutcome.WRONG_PIN)
        assertEquals(listOf<ApprovalEvent>(again), vault.carry(okHttp))
        assertEquals(RequestState.ProveAgain(ApprovalOutcome.WRONG_PIN), vault.request(request).state)
        assertEquals(9u, vault.credential(id).triesLeft)
        secret(APPROVAL_PIN).use { vault.approveWithPin(request, it) }
        assertEquals(ApprovalEvent.Receipt(request, ApprovalOutcome.APPROVED), vault.carry(okHttp).single())
    }

    @Test
    fun `one wrong number ends the request`() = atSite { vault ->
        enrol(vault)
        val request = vault.takePush(ask())
        failsWith(ApprovalProblem.NO_SUCH_MATCH) { vault.approve(request, "5") }
        failsWith(ApprovalProblem.OTHER_PROOF) {
            secret(APPROVAL_PIN).use { vault.approveWithPin(request, it, number()) }
        }
        vault.approve(request, otherNumber())
        assertEquals(ApprovalEvent.Receipt(request, ApprovalOutcome.WRONG_MATCH), vault.carry(okHttp).single())
        assertEquals("burned", page("state"))
    }

    @Test
    fun `what a person did not ask for is denied and reported`() = atSite { vault ->
        enrol(vault)
        val first = vault.takePush(ask())
        vault.deny(first, DecisionReason.MISTAKE)
        failsWith(ApprovalProblem.ALREADY_DECIDED) { vault.approve(first, number()) }
        vault.carry(okHttp)
        val second = vault.takePush(ask())
        vault.report(second, DecisionReason.NOT_ME)
        assertEquals(ApprovalEvent.Receipt(second, ApprovalOutcome.REPORTED), vault.carry(okHttp).single())
        vault.takePush(ask())
        vault.denyAll()
        vault.carry(okHttp)
        assertEquals("denied", page("state"))
        assertTrue(vault.requests().all { it.notification == NotificationState.WITHDRAWN })
    }

    @Test
    fun `a QR code is scanned, and that of another page belongs to another request`() = atSite { vault ->
        enrol(vault)
        val first = vault.takePush(ask("match" to "scan"))
        val other = page("match-link")
        val second = vault.takePush(ask("match" to "scan"))
        failsWith(ApprovalProblem.OTHER_REQUEST) { vault.approve(second, other) }
        vault.approve(second, page("match-link"))
        vault.carry(okHttp)
        vault.approve(first, other)
        vault.carry(okHttp)
        assertEquals(2, vault.history().count { it.outcome == ApprovalOutcome.APPROVED && it.kind == RequestKind.SIGN_IN })
    }

    @Test
    fun `an enrolment is confirmed with what the service asks for, or given up`() = atSite("pin=required") { vault ->
        val link = secret(page("enrol"))
        assertEquals(origin to ACCOUNT, enrolmentLink(link)?.run { origin to account })
        assertNull(enrolmentLink(secret("otpauth://totp/A?secret=AAAA")))
        val id = vault.beginEnrolment(link)
        failsWith(ApprovalProblem.NOT_NOW) { vault.confirmEnrolment(id, device) }
        vault.carry(okHttp)
        val confirm = vault.enrolments().single().confirm
        assertEquals("Example" to ApprovalPinPolicy.REQUIRED, confirm?.run { service to pin })
        failsWith(ApprovalProblem.PIN_REQUIRED) { vault.confirmEnrolment(id, device) }
        assertEquals(PinProblem.TOO_COMMON, problemOfNewApprovalPin(secret("123456")))
        assertNull(problemOfNewApprovalPin(secret(APPROVAL_PIN)))
        assertFailsWith<AuthenticatorException.InvalidPin> {
            vault.confirmEnrolment(id, device, secret("111111"))
        }
        vault.confirmEnrolment(id, device.copy(push = PushTarget(PushKind.FCM, "token")), secret(APPROVAL_PIN))
        vault.cancelEnrolment(id)
        assertEquals(emptyList(), vault.enrolments())
        failsWith(ApprovalProblem.NOT_FOUND) { vault.cancelEnrolment(id) }
        failsWith(ApprovalProblem.NOT_FOUND) { vault.cancelEnrolment("no id") }
    }

    @Test
    fun `a PIN is changed, keys rotate, a push target changes, and a credential ends`() = atSite { vault ->
        val id = enrol(vault, APPROVAL_PIN)
        secret(APPROVAL_PIN).use { old -> secret(OTHER_PIN).use { vault.changeApprovalPin(id, old, it) } }
        assertEquals(ApprovalEvent.PinChange(id, ApprovalOutcome.PIN_CHANGED), vault.carry(okHttp).single())
        vault.changePush(id, PushTarget(PushKind.FCM, "another token"))
        assertEquals(ApprovalEvent.PushChange(id, ApprovalOutcome.DONE), vault.carry(okHttp).single())
        val rotation = vault.takePush(ask("kind" to "rotate", "uv" to "pin"))
        approve(vault, rotation, OTHER_PIN)
        assertEquals(ApprovalEvent.Receipt(rotation, ApprovalOutcome.APPROVED), vault.carry(okHttp).last())

        val devices = vault.accountDevices(id, okHttp).orEmpty()
        assertEquals(listOf("Pixel" to true), devices.map { it.name to it.isThis })
        vault.removeCredential(id)
        assertEquals(1u, vault.credential(id).pendingCalls)
        assertEquals(ApprovalEvent.Removal(id, ApprovalOutcome.DONE), vault.carry(okHttp).single())
        assertTrue(vault.credentials().none { it.state == CredentialState.ACTIVE })
    }

    @Test
    fun `the service suspends and ends a credential, and it is forgotten`() = atSite { vault ->
        val id = enrol(vault)
        page("suspend")
        assertEquals(listOf<ApprovalEvent>(ApprovalEvent.Suspended(id)), vault.poll(id, okHttp))
        page("revoke", "reason" to "administrator")
        val revoked = ApprovalEvent.Revoked(id, RevocationReason.ADMINISTRATOR)
        assertEquals(listOf<ApprovalEvent>(revoked), vault.poll(id, okHttp))
        assertEquals(RevocationReason.ADMINISTRATOR, vault.credential(id).ended)
        vault.forgetCredential(id)
        assertEquals(emptyList(), vault.credentials())
        assertEquals(1, vault.history().size)
    }

    @Test
    fun `a notification shows the same without the vault`() = atSite("encrypted") { vault ->
        val id = enrol(vault)
        val kept = vault.previewKey(id).use { key -> key.toSecretBytes() }
        val push = ask()
        PreviewKey.from(kept).use { key ->
            val preview = key.preview(push, System.currentTimeMillis())
            val request = vault.request(vault.takePush(push))
            assertEquals(request.details to request.expiresMillis, preview.details to preview.expiresMillis)
            assertEquals(Refusal.MALFORMED, refused { key.preview("no push", 0) })
            assertEquals(Refusal.BAD_TIMES, refused { key.preview(push, 0) })
        }
        assertEquals(Refusal.MALFORMED, refused { PreviewKey.from(secret("{}")) })
    }

    @Test
    fun `a newer key of the service is fetched, and the push believed then`() = atSite { vault ->
        enrol(vault)
        page("new-signing-key")
        val push = ask()
        assertEquals(Refusal.UNKNOWN_KEY, refused { vault.takePush(push) })
        vault.carry(okHttp)
        approve(vault, vault.takePush(push))
        assertIs<ApprovalEvent.Receipt>(vault.carry(okHttp).single())
    }

    @Test
    fun `nothing that is printed shows a secret`() = atSite { vault ->
        val link = page("enrol")
        val id = vault.beginEnrolment(secret(link))
        val code = link.substringAfter("code=").substringBefore('&')
        vault.carry(okHttp)
        vault.confirmEnrolment(id, device, secret(APPROVAL_PIN))
        val printed = vault.enrolments().toString() + vault.credentials() + vault
        assertFalse(code in printed || APPROVAL_PIN in printed, printed)
        assertContentEquals(listOf(id), vault.enrolments().map { it.id })
    }
}

internal suspend fun failsWith(problem: ApprovalProblem, call: suspend () -> Unit) {
    val error = assertFailsWith<AuthenticatorException.ApprovalFailed> { call() }
    assertEquals(problem, error.problem)
}

internal suspend fun refused(call: suspend () -> Unit): Refusal =
    assertFailsWith<AuthenticatorException.NotBelieved> { call() }.refusal
