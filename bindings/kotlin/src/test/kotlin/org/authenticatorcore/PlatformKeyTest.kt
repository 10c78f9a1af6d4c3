package org.authenticatorcore

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertNotNull
import org.authenticatorcore.ffi.AuthenticatorException
import org.authenticatorcore.ffi.PlatformEnrolment
import org.authenticatorcore.ffi.PlatformException
import org.authenticatorcore.ffi.Protection
import org.authenticatorcore.ffi.SecurityLevel
import org.authenticatorcore.support.FakeKeys
import org.authenticatorcore.support.PIN
import org.authenticatorcore.support.withPhone
import org.authenticatorcore.support.WRONG_PIN
import org.authenticatorcore.support.costed
import org.authenticatorcore.support.secret
import org.authenticatorcore.support.withVault

/** A platform key store that works, refuses, throws a surprise, or has lost its key. */
class PlatformKeyTest {
    @Test
    fun `it opens the vault, and refuses in ways that the app can tell apart`() = withVault { vault ->
        assertEquals(SecurityLevel.TRUSTED_ENVIRONMENT, vault.securityLevel())
        vault.lock()
        assertIs<UnlockResult.Unlocked>(vault.unlockWithPlatform())
        val answers = listOf(
            PlatformException.Cancelled() to Refused.PromptDismissed,
            PlatformException.LockedOut() to Refused.SensorLockedOut,
            PlatformException.NotEnrolled() to Refused.ScreenLockMissing,
            PlatformException.Invalidated() to Refused.PlatformKeyLost,
        )
        for ((failure, expected) in answers) {
            keys.failure = failure
            vault.lock()
            assertEquals(expected, vault.unlockWithPlatform())
            assertFalse(vault.isUnlocked())
        }
    }

    @Test
    fun `what it throws beyond its words says nothing to anybody`() = withVault { vault ->
        for (surprise in listOf(PlatformException.Unavailable(), IllegalStateException("a surprise"))) {
            keys.failure = surprise
            vault.lock()
            val refused = assertFailsWith<AuthenticatorException.PlatformUnavailable> { vault.unlockWithPlatform() }
            assertFalse("surprise" in refused.stackTraceToString())
        }
    }

    @Test
    fun `a key that was lost is enrolled anew after another way in`() = withVault { vault ->
        vault.setPin(costed(PIN))
        vault.lock()
        keys.key = 2
        assertEquals(Refused.PlatformKeyLost, vault.unlockWithPlatform())
        assertIs<UnlockResult.Unlocked>(vault.unlockWithPin(secret(PIN)))
        vault.enrolPlatform()
        vault.lock()
        assertIs<UnlockResult.Unlocked>(vault.unlockWithPlatform())
    }

    @Test
    fun `the app may show the prompt itself, from the making on`() = withPhone { phone ->
        val prompt = Prompt(phone.keys)
        val vault = PlatformEnrolment.forNewVault().use { enrolment ->
            val wrapped = prompt.wrap(enrolment)
            Authenticator.finishCreate(phone.vault.path, phone.keys, phone.guard, phone.clock, enrolment, wrapped)
        }
        vault.use {
            vault.lock()
            prompt.unwrap(vault.beginPlatformUnlock()).use {
                assertIs<UnlockResult.Unlocked>(vault.finishPlatformUnlock(it))
            }
            vault.beginPlatformEnrolment().use { vault.finishPlatformEnrolment(it, prompt.wrap(it)) }
            prompt.unwrap(vault.beginPlatformUnlock()).use {
                assertEquals(PresenceResult.Proved, vault.finishPresenceWithPlatform(it))
            }

            vault.waiveRecovery("I agree to lose everything")
            vault.beginPlatformEnrolment().use { enrolment ->
                platformAnswers(enrolment, prompt.wrap(enrolment)).use {
                    vault.protect(Protection.PLATFORM_AND_PIN, costed(PIN), answers = it)
                }
            }
            vault.lock()
            val asked = assertNotNull(vault.beginPinUnlock())
            prompt.unwrap(asked).use { assertEquals(Refused.WrongPin(9), vault.finishPinUnlock(secret(WRONG_PIN), it)) }
            prompt.unwrap(asked).use { assertIs<UnlockResult.Unlocked>(vault.finishPinUnlock(secret(PIN), it)) }
            prompt.unwrap(asked).use {
                assertEquals(PresenceResult.Proved, vault.finishPresenceWithPin(secret(PIN), it))
            }
        }
    }

    /** A prompt of the app's own: whoever else asks the key store is refused. */
    private class Prompt(private val keys: FakeKeys) {
        init {
            keys.failure = PlatformException.Cancelled()
        }

        fun wrap(enrolment: PlatformEnrolment): ByteArray =
            touched { enrolment.toSecretBytes().use { it.useBytes(keys::wrap) } }

        fun unwrap(wrapped: ByteArray): SecretBytes = touched { SecretBytes.from(keys.unwrap(wrapped)) }

        private fun <T> touched(ask: () -> T): T {
            keys.failure = null
            return ask().also { keys.failure = PlatformException.Cancelled() }
        }
    }
}
