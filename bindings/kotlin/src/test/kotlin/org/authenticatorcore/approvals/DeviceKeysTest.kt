package org.authenticatorcore.approvals

import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertTrue
import org.authenticatorcore.ffi.ApprovalEvent
import org.authenticatorcore.ffi.ApprovalProblem
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.PlatformException
import org.authenticatorcore.ffi.Verification
import org.authenticatorcore.support.secret
import org.junit.jupiter.api.Test

class DeviceKeysTest {
    private val keys = FakeDeviceKeys()

    @Test
    fun `keys of the platform approve, and a biometric by its own`() = atSite("hardware", deviceKeys = keys) { vault ->
        val id = enrol(vault)
        assertTrue(vault.credential(id).isInHardware)
        // The attestation is about this enrolment: its challenge is the hash of the link's code.
        assertEquals(listOf(32, 32), keys.challenges.map { it.size })
        assertContentEquals(keys.challenges[0], keys.challenges[1])

        val request = vault.takePush(ask("uv" to "biometric"))
        assertEquals(listOf(Verification.BIOMETRIC), vault.request(request).verifications)
        val number = number()
        vault.verificationMessage(request, number).use { message ->
            // What the app does between its prompt and the call.
            val signature = keys.sign(message.keyHandle(), message.bytes())
            vault.approveWithBiometric(request, message, signature, number)
            message.close()
            assertFailsWith<IllegalStateException> {
                vault.approveWithBiometric(request, message, signature, number)
            }
        }
        assertIs<ApprovalEvent.Receipt>(vault.carry(okHttp).single())
        assertEquals("approved", page("state"))
    }

    @Test
    fun `what is not in hardware does where the service wants no more`() =
        atSite(deviceKeys = FakeDeviceKeys(hasVerificationKeys = false)) { vault ->
            enrol(vault)
            // Nothing on this phone would suffice.
            assertEquals(
                org.authenticatorcore.ffi.Refusal.CANNOT_VERIFY,
                refused { vault.takePush(ask("uv" to "biometric")) },
            )
        }

    @Test
    fun `a key in software is refused where the service wants hardware`() = atSite("hardware") { vault ->
        val id = secret(page("enrol")).use { vault.beginEnrolment(it) }
        vault.carry(okHttp)
        failsWith(ApprovalProblem.HARDWARE_REQUIRED) { vault.confirmEnrolment(id, device) }
    }

    @Test
    fun `a key store that fails says why, and nothing is decided`() = atSite(deviceKeys = keys) { vault ->
        enrol(vault)
        val request = vault.takePush(ask())
        val number = number()
        keys.failure = PlatformException.Unavailable()
        assertFailsWith<AuthenticatorException.PlatformUnavailable> { vault.approve(request, number) }
        keys.failure = PlatformException.Cancelled()
        assertFailsWith<AuthenticatorException.PromptCancelled> { vault.approve(request, number) }
        keys.failure = PlatformException.Invalidated()
        failsWith(ApprovalProblem.KEY_INVALIDATED) { vault.approve(request, number) }
        keys.failure = null
        vault.approve(request, number)
        assertIs<ApprovalEvent.Receipt>(vault.carry(okHttp).single())
    }

    @Test
    fun `the keys of a credential that is over are deleted`() = atSite(deviceKeys = keys) { vault ->
        val id = enrol(vault)
        assertEquals(2, keys.keys.size)
        vault.removeCredential(id)
        vault.carry(okHttp)
        assertEquals(0, keys.keys.size)
    }
}
