package org.authenticatorcore.android

import android.os.Build
import android.os.SystemClock
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.system.Os
import java.io.File
import java.security.Signature
import javax.crypto.Cipher
import kotlin.io.path.createTempDirectory
import kotlin.test.AfterTest
import kotlin.test.BeforeTest
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertTrue
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.authenticatorcore.Authenticator
import org.authenticatorcore.PinAndCost
import org.authenticatorcore.PresenceResult
import org.authenticatorcore.Refused
import org.authenticatorcore.SecretBytes
import org.authenticatorcore.UnlockResult
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.PinCost
import org.authenticatorcore.ffi.PlatformException
import org.authenticatorcore.ffi.Protection
import org.authenticatorcore.withSecret

/** A whole vault, with its keys in the Keystore of the tests and a person who is told what to do. */
class PromptedTest {
    /** Confirms, dismisses, or is not there; counts how often it was asked. */
    private class Person : Confirmation {
        var answer: suspend () -> Unit = {}
        var asked = 0

        override suspend fun confirm(cipher: Cipher): Cipher {
            confirm()
            return cipher
        }

        override suspend fun confirm(signature: Signature): Signature {
            confirm()
            return signature
        }

        override suspend fun confirm() {
            asked += 1
            answer()
            FakeKeystore.pairs.values.forEach { it.isConfirmed = true }
            FakeKeystore.keys.values.filter { it.spec.isUserAuthenticationRequired }.forEach { it.isConfirmed = true }
        }
    }

    private val root = createTempDirectory().toFile()
    private val path = File(root, "vault").path
    private val guard = KeystoreRollbackGuard { File(root, "guards") }
    private val clock = AndroidDeviceClock { 7 }
    private val person = Person()
    private val keys = KeystoreKeyWrapper("main", KeyAuthentication.BIOMETRIC)
    private val cost = PinCost(19_456u, 2u)

    @BeforeTest
    fun reset() {
        FakeKeystore.reset()
        Os.reset()
        Build.VERSION.SDK_INT = 35
        SystemClock.elapsedMillis = 1_000
    }

    @AfterTest
    fun remove() {
        root.deleteRecursively()
    }

    private fun pin(text: String) = SecretBytes.from(text.toCharArray())

    private suspend fun Authenticator.setPin(text: String) = pin(text).use { setPin(PinAndCost(it, cost)) }

    private suspend fun create(keys: KeystoreKeyWrapper = this.keys) =
        Authenticator.create(path, keys, guard, clock, person)

    @Test
    fun `a vault opens by a finger for each use`() = runBlocking<Unit> {
        create().use { vault ->
            assertEquals(1, person.asked)
            vault.lock()
            assertIs<UnlockResult.Unlocked>(vault.unlockWithPlatform(keys, person))
            assertEquals(2, person.asked)
            assertEquals(PresenceResult.Proved, vault.provePresenceWithPlatform(keys, person))
        }
        Authenticator.open(path, keys, guard, clock).use { vault ->
            val unlocked = assertIs<UnlockResult.Unlocked>(vault.unlockWithPlatform(keys, person))
            assertFalse(unlocked.state.guardWasMissing || unlocked.state.guardIsUnavailable)
        }
    }

    @Test
    fun `what the prompt says is a result, and nothing is tried`() = runBlocking<Unit> {
        create().use { vault ->
            vault.lock()
            val answers = mapOf(
                PlatformException.Cancelled() to Refused.PromptDismissed,
                PlatformException.LockedOut() to Refused.SensorLockedOut,
                PlatformException.NotEnrolled() to Refused.ScreenLockMissing,
                PlatformException.Invalidated() to Refused.PlatformKeyLost,
            )
            for ((thrown, result) in answers) {
                person.answer = { throw thrown }
                assertEquals(result, vault.unlockWithPlatform(keys, person))
            }
            person.answer = { throw PlatformException.Unavailable() }
            assertFailsWith<AuthenticatorException.PlatformUnavailable> { vault.unlockWithPlatform(keys, person) }
            assertFalse(vault.isUnlocked())
            // Without its prompt, the key is not used.
            assertEquals(Refused.PromptDismissed, vault.unlockWithPlatform())
        }
    }

    @Test
    fun `a prompt that is dismissed makes no vault`() = runBlocking<Unit> {
        person.answer = { throw PlatformException.Cancelled() }

        assertFailsWith<AuthenticatorException.PromptCancelled> { create() }
        assertFalse(File(path).exists())
    }

    @Test
    fun `a screen that goes takes its prompt away`() = runBlocking<Unit> {
        create().use { vault ->
            vault.lock()
            val shown = CompletableDeferred<Unit>()
            var isGone = false
            person.answer = {
                shown.complete(Unit)
                try {
                    awaitCancellation()
                } finally {
                    isGone = true
                }
            }
            val unlock = launch(start = CoroutineStart.UNDISPATCHED) { vault.unlockWithPlatform(keys, person) }
            shown.await()
            unlock.cancelAndJoin()

            assertTrue(isGone)
            assertFalse(vault.isUnlocked())
        }
    }

    @Test
    fun `a finger that is enrolled anew ends the key, and another is enrolled after the PIN`() = runBlocking<Unit> {
        create().use { vault ->
            vault.setPin("482913")
            vault.lock()
            val dead = FakeKeystore.keys.getValue("authenticator-core.main.biometric")
            FakeKeystore.onInit = { if (it === dead) throw KeyPermanentlyInvalidatedException() }
            assertEquals(Refused.PlatformKeyLost, vault.unlockWithPlatform(keys, person))
            pin("482913").use { assertIs<UnlockResult.Unlocked>(vault.unlockWithPin(it, keys, person)) }
            vault.enrolPlatform(keys, person)
            vault.lock()
            assertIs<UnlockResult.Unlocked>(vault.unlockWithPlatform(keys, person))
            vault.lock()
            // The keyed function of the PIN is another key's, and outlived that.
            pin("482913").use { assertIs<UnlockResult.Unlocked>(vault.unlockWithPin(it, keys, person)) }
        }
    }

    @Test
    fun `a key with a time window asks only where nobody confirmed of late`() = runBlocking<Unit> {
        val keys = KeystoreKeyWrapper("main", KeyAuthentication.SCREEN_LOCK)
        create(keys).use { vault ->
            assertEquals(1, person.asked)
            vault.lock()
            assertIs<UnlockResult.Unlocked>(vault.unlockWithPlatform(keys, person))
            assertEquals(1, person.asked)
            FakeKeystore.keys.values.forEach { it.isConfirmed = false }
            vault.lock()
            assertEquals(Refused.PromptDismissed, vault.unlockWithPlatform())
            assertIs<UnlockResult.Unlocked>(vault.unlockWithPlatform(keys, person))
            assertEquals(2, person.asked)
        }
    }

    @Test
    fun `another authentication is one more enrolment away, and what was wrapped before still opens`() =
        runBlocking<Unit> {
            val open = KeystoreKeyWrapper("main")
            create(open).use { vault ->
                assertEquals(0, person.asked)
                assertFailsWith<AuthenticatorException.PromptCancelled> {
                    person.answer = { throw PlatformException.Cancelled() }
                    vault.enrolPlatform(keys, person)
                }
                vault.lock()
                // The wrapper that is to be used from now on opens what the other one wrapped.
                assertIs<UnlockResult.Unlocked>(vault.unlockWithPlatform(keys, person))
                person.answer = {}
                vault.enrolPlatform(keys, person)
                vault.lock()
                assertEquals(Refused.PromptDismissed, vault.unlockWithPlatform())
                assertIs<UnlockResult.Unlocked>(vault.unlockWithPlatform(open, person))
            }
        }

    @Test
    fun `a vault that demands both asks for the finger first`() = runBlocking<Unit> {
        create().use { vault ->
            vault.waiveRecovery("tests lose nothing")
            vault.platformAnswers(keys, person, checksPin = false).use { answers ->
                pin("482913").use {
                    vault.protect(Protection.PLATFORM_AND_PIN, PinAndCost(it, cost), answers = answers)
                }
            }
            vault.lock()
            person.answer = { throw PlatformException.Cancelled() }
            pin("482914").use { assertEquals(Refused.PromptDismissed, vault.unlockWithPin(it, keys, person)) }
            person.answer = {}
            SystemClock.elapsedMillis += 1_000
            pin("482914").use { assertEquals(Refused.WrongPin(9), vault.unlockWithPin(it, keys, person)) }
            SystemClock.elapsedMillis += 1_000
            pin("482913").use { assertIs<UnlockResult.Unlocked>(vault.unlockWithPin(it, keys, person)) }
            pin("482913").use { assertEquals(PresenceResult.Proved, vault.provePresenceWithPin(it, keys, person)) }
            vault.platformAnswers(keys, person, checksPin = true).use { answers ->
                pin("482913").use { vault.rotate(PinAndCost(it, cost), answers = answers) }
            }
            vault.lock()
            SystemClock.elapsedMillis += 1_000
            pin("482913").use { assertIs<UnlockResult.Unlocked>(vault.unlockWithPin(it, keys, person)) }
        }
    }

    @Test
    fun `a Keystore that lost everything leaves the recovery key, and a new PIN after it`() = runBlocking<Unit> {
        val open = KeystoreKeyWrapper("main")
        create(open).use { vault ->
            vault.setPin("482913")
            vault.issueRecoveryKey(pin("482913").let { PinAndCost(it, cost) }).use { key ->
                vault.lock()
                FakeKeystore.keys.clear()
                assertEquals(Refused.PlatformKeyLost, vault.unlockWithPlatform())
                assertFailsWith<AuthenticatorException.GuardUnavailable> {
                    pin("482913").use { vault.unlockWithPin(it) }
                }
                assertTrue(guard.forgetUnreadable())
                val unlocked = assertIs<UnlockResult.Unlocked>(vault.unlockWithRecoveryKey(key))
                assertTrue(unlocked.state.guardWasMissing)
            }
            assertFailsWith<AuthenticatorException.PlatformKeyInvalidated> { vault.setPin("739105") }
            open.createPrfKey()
            vault.setPin("739105")
            vault.enrolPlatform()
            vault.lock()
            assertIs<UnlockResult.Unlocked>(vault.unlockWithPlatform())
            vault.lock()
            pin("739105").use { assertIs<UnlockResult.Unlocked>(vault.unlockWithPin(it)) }
        }
    }

    @Test
    fun `a vault that is wiped leaves no key`() = runBlocking<Unit> {
        create().use { vault -> vault.wipe() }

        assertFalse(File(path).exists())
        assertEquals(setOf("authenticator-core.guard"), FakeKeystore.keys.keys.toSet())
    }

    @Test
    fun `each error of a prompt is one of five`() {
        val expected = mapOf(
            1 to PlatformException.Unavailable::class, 2 to PlatformException.Unavailable::class,
            3 to PlatformException.Cancelled::class, 5 to PlatformException.Cancelled::class,
            7 to PlatformException.LockedOut::class, 8 to PlatformException.Unavailable::class,
            9 to PlatformException.LockedOut::class, 10 to PlatformException.Cancelled::class,
            11 to PlatformException.NotEnrolled::class, 12 to PlatformException.NotEnrolled::class,
            13 to PlatformException.Cancelled::class, 14 to PlatformException.NotEnrolled::class,
            15 to PlatformException.Unavailable::class, -1 to PlatformException.Unavailable::class,
        )

        assertEquals(expected, expected.keys.associateWith { biometricFailure(it)::class })
    }
}
