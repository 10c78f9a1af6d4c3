package org.authenticatorcore.android

import android.os.Build
import android.os.SystemClock
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.system.Os
import java.io.File
import java.net.URI
import java.security.Signature
import javax.crypto.Cipher
import kotlin.io.path.createTempDirectory
import kotlin.test.AfterTest
import kotlin.test.BeforeTest
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertNotNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import okhttp3.OkHttpClient
import org.authenticatorcore.Authenticator
import org.authenticatorcore.OkHttpCarrier
import org.authenticatorcore.ffi.ApprovalEvent
import org.authenticatorcore.ffi.ApprovalOutcome
import org.authenticatorcore.ffi.ApprovalProblem
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.DeviceDescription
import org.authenticatorcore.ffi.DevicePlatform
import org.authenticatorcore.ffi.PlatformException
import org.authenticatorcore.withSecret

/** A phone with its keys in the Keystore of the tests, at the service of the core's tests. */
class PromptedApprovalTest {
    private class Person : Confirmation {
        var refusal: PlatformException? = null

        override suspend fun confirm(signature: Signature): Signature {
            refusal?.let { throw it }
            FakeKeystore.pairs.values.forEach { it.isConfirmed = true }
            return signature
        }

        override suspend fun confirm(cipher: Cipher): Cipher = throw UnsupportedOperationException()

        override suspend fun confirm() = throw UnsupportedOperationException()
    }

    private val service = ProcessBuilder(System.getProperty("authenticator.service"), "hardware")
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start()
    private val origin = assertNotNull(service.inputStream.bufferedReader().readLine())
    private val root = createTempDirectory().toFile()
    private val person = Person()
    private val keys = KeystoreDeviceKeys()
    private val carrier = OkHttpCarrier(OkHttpClient())

    private fun page(verb: String): String = URI("$origin/page/$verb&account=ann").toURL().readText()

    @BeforeTest
    fun reset() {
        FakeKeystore.reset()
        Os.reset()
        Build.VERSION.SDK_INT = 35
        SystemClock.elapsedMillis = 1_000
    }

    @AfterTest
    fun end() {
        service.outputStream.close()
        service.waitFor()
        root.deleteRecursively()
    }

    private suspend fun enrolled(): Authenticator {
        val guard = KeystoreRollbackGuard { File(root, "guards") }
        val vault = Authenticator.create(
            File(root, "vault").path, KeystoreKeyWrapper("main"), guard, AndroidDeviceClock { 7 }, deviceKeys = keys,
        )
        val id = withSecret(page("enrol?").toCharArray()) { vault.beginEnrolment(it) }
        vault.carry(carrier)
        vault.confirmEnrolment(id, DeviceDescription("Pixel", DevicePlatform.ANDROID, null))
        vault.carry(carrier)
        assertEquals("paired", page("pair?code=" + vault.credentials().single().pairingCode))
        val test = assertIs<ApprovalEvent.Requested>(vault.poll(id, carrier).last()).request
        vault.approve(test, page("number?"))
        assertEquals(ApprovalEvent.Activated(id), vault.carry(carrier).last())
        assertTrue(vault.credentials().single().isInHardware)
        return vault
    }

    @Test
    fun `a finger approves what the service wants one for`(): Unit = runBlocking {
        withTimeout(1.minutes) {
            enrolled().use { vault ->
                val request = vault.takePush(page("ask?uv=biometric"))
                val number = page("number?")
                person.refusal = PlatformException.Cancelled()
                assertFailsWith<AuthenticatorException.PromptCancelled> {
                    vault.approveWithBiometric(request, keys, person, number)
                }
                person.refusal = null
                vault.approveWithBiometric(request, keys, person, number)
                val receipt = ApprovalEvent.Receipt(request, ApprovalOutcome.APPROVED)
                assertEquals(listOf<ApprovalEvent>(receipt), vault.carry(carrier))
            }
        }
    }

    @Test
    fun `a key that is lost with a new finger is said to be so`(): Unit = runBlocking {
        withTimeout(1.minutes) {
            enrolled().use { vault ->
                val request = vault.takePush(page("ask?uv=biometric"))
                FakeKeystore.onLoad = { throw KeyPermanentlyInvalidatedException() }
                val lost = assertFailsWith<AuthenticatorException.ApprovalFailed> {
                    vault.approveWithBiometric(request, keys, person, page("number?"))
                }
                assertEquals(ApprovalProblem.KEY_INVALIDATED, lost.problem)
            }
        }
    }
}
