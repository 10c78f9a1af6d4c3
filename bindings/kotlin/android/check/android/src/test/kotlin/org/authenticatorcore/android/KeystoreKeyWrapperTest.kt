package org.authenticatorcore.android

import android.os.Build
import android.security.KeyStoreException
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.UserNotAuthenticatedException
import java.security.InvalidAlgorithmParameterException
import java.security.InvalidKeyException
import java.security.ProviderException
import java.security.UnrecoverableKeyException
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.Executors
import javax.crypto.Mac
import kotlin.reflect.KClass
import kotlin.test.BeforeTest
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNotEquals
import kotlin.test.assertTrue
import org.authenticatorcore.ffi.PlatformException
import org.authenticatorcore.ffi.SecurityLevel

class KeystoreKeyWrapperTest {
    private val keys = KeystoreKeyWrapper("main")

    @BeforeTest
    fun reset() {
        FakeKeystore.reset()
        Build.VERSION.SDK_INT = 35
    }

    private fun secret() = ByteArray(32) { it.toByte() }

    @Test
    fun `what was wrapped is unwrapped, also by another wrapper of the same name`() {
        val secret = secret()
        val wrapped = keys.wrap(secret)

        assertContentEquals(secret(), KeystoreKeyWrapper("main").unwrap(wrapped))
        assertContentEquals(ByteArray(32), secret)
        assertEquals(62, wrapped.size)
        assertFalse(keys.wrap(secret()).contentEquals(wrapped))
    }

    @Test
    fun `a bit that is not as it was, another length, and another vault's key are invalidated`() {
        val wrapped = keys.wrap(secret())
        KeystoreKeyWrapper("other").wrap(secret())

        for (bit in 0 until wrapped.size * 8) {
            val altered = wrapped.copyOf()
            altered[bit / 8] = (altered[bit / 8].toInt() xor (1 shl bit % 8)).toByte()
            assertFailsWith<PlatformException.Invalidated>("bit $bit") { keys.unwrap(altered) }
        }
        for (length in (0 until wrapped.size) + (wrapped.size + 1..200)) {
            assertFailsWith<PlatformException.Invalidated>("$length") { keys.unwrap(wrapped.copyOf(length)) }
        }
        assertFailsWith<PlatformException.Invalidated> { KeystoreKeyWrapper("other").unwrap(wrapped) }
        // The same key under another name, as nothing but a program with root can make it.
        FakeKeystore.keys["authenticator-core.other.open"] = FakeKeystore.keys.getValue("authenticator-core.main.open")
        assertFailsWith<PlatformException.Invalidated> { KeystoreKeyWrapper("other").unwrap(wrapped) }
    }

    @Test
    fun `keys are made as they were asked for`() {
        for (sdk in listOf(24, 28, 30, 35)) {
            FakeKeystore.reset()
            Build.VERSION.SDK_INT = sdk
            KeyAuthentication.entries.forEach { KeystoreKeyWrapper("main", it).cipherOrNull() }

            val open = FakeKeystore.spec("authenticator-core.main.open")
            val biometric = FakeKeystore.spec("authenticator-core.main.biometric")
            val screenLock = FakeKeystore.spec("authenticator-core.main.screen-lock")
            val prf = FakeKeystore.spec("authenticator-core.main.prf")
            for (spec in listOf(open, biometric, screenLock)) {
                assertEquals(256, spec.keySize)
                assertContentEquals(arrayOf("GCM"), spec.blockModes)
                assertTrue(spec.isRandomizedEncryptionRequired)
                assertEquals(sdk >= 35, spec.isUnlockedDeviceRequired)
                assertEquals(sdk >= 28, spec.isStrongBoxBacked)
            }
            assertFalse(open.isUserAuthenticationRequired)
            assertTrue(biometric.isUserAuthenticationRequired && biometric.isInvalidatedByBiometricEnrollment)
            // Each use, as the framework has it since API level 30; before it was -1.
            assertEquals(0, biometric.userAuthenticationValidityDurationSeconds)
            assertEquals(30, screenLock.userAuthenticationValidityDurationSeconds)
            if (sdk >= 30) {
                val strong = KeyProperties.AUTH_BIOMETRIC_STRONG
                assertEquals(strong, biometric.userAuthenticationType)
                assertEquals(strong or KeyProperties.AUTH_DEVICE_CREDENTIAL, screenLock.userAuthenticationType)
            }
            assertFalse(prf.isUserAuthenticationRequired || prf.isUnlockedDeviceRequired)
            assertEquals(KeyProperties.PURPOSE_SIGN, prf.purposes)
        }
    }

    /** A key with a time window refuses before anybody was asked; it is there all the same. */
    private fun KeystoreKeyWrapper.cipherOrNull() =
        try {
            cipherForWrap()
        } catch (_: PlatformException.Cancelled) {
            null
        }

    @Test
    fun `without a StrongBox, or a working one, keys are made in the trusted environment`() {
        FakeKeystore.hasStrongBox = false
        keys.wrap(secret())
        assertFalse(FakeKeystore.spec("authenticator-core.main.open").isStrongBoxBacked)

        FakeKeystore.reset()
        FakeKeystore.onGenerate = { if (it.isStrongBoxBacked) throw ProviderException("a maker's own") }
        keys.wrap(secret())
        assertFalse(FakeKeystore.spec("authenticator-core.main.prf").isStrongBoxBacked)

        FakeKeystore.reset()
        KeystoreKeyWrapper("main", preferStrongBox = false).wrap(secret())
        assertFalse(FakeKeystore.spec("authenticator-core.main.open").isStrongBoxBacked)
    }

    @Test
    fun `a StrongBox that is busy is no reason to settle for less`() {
        // KM_ERROR_SECURE_HW_BUSY
        val busy = KeyStoreException(-49, "busy")
        assertTrue(busy.isTransientFailure)
        FakeKeystore.onGenerate = { if (it.isStrongBoxBacked) throw ProviderException(busy) }

        assertFailsWith<PlatformException.Unavailable> { keys.wrap(secret()) }
        assertEquals(0, FakeKeystore.generated.get())
    }

    @Test
    fun `each failure is one of five, whatever is thrown`() {
        val failures: List<Pair<Throwable, KClass<out PlatformException>>> = listOf(
            KeyPermanentlyInvalidatedException() to PlatformException.Invalidated::class,
            UnrecoverableKeyException() to PlatformException.Invalidated::class,
            UserNotAuthenticatedException() to PlatformException.Cancelled::class,
            InvalidKeyException("odd") to PlatformException.Unavailable::class,
            ProviderException("odd") to PlatformException.Unavailable::class,
            NullPointerException() to PlatformException.Unavailable::class,
            StackOverflowError() to PlatformException.Unavailable::class,
            // KEY_NOT_FOUND, VALUE_CORRUPTED, KM_ERROR_SECURE_HW_BUSY, SYSTEM_ERROR, KM_ERROR_INVALID_KEY_BLOB.
            ProviderException(KeyStoreException(7, "odd")) to PlatformException.Invalidated::class,
            ProviderException(KeyStoreException(8, "odd")) to PlatformException.Invalidated::class,
            unloadable(KeyStoreException(-49, "busy")) to PlatformException.Unavailable::class,
            unloadable(KeyStoreException(4, "no daemon")) to PlatformException.Unavailable::class,
            unloadable(KeyStoreException(-33, "odd")) to PlatformException.Invalidated::class,
        )
        val wrapped = keys.wrap(secret())
        for ((thrown, expected) in failures) {
            val steps = listOf<(() -> Unit) -> Unit>(
                { FakeKeystore.onLoad = it },
                { FakeKeystore.onInit = { _ -> it() } },
            )
            for (step in steps) {
                step { throw thrown }
                for (call in listOf({ keys.unwrap(wrapped) }, { keys.prf(ByteArray(32)) })) {
                    val failure = assertFailsWith<PlatformException>("$thrown") { call() }
                    assertEquals(expected, failure::class, "$thrown")
                    assertEquals("", failure.message)
                }
                step {}
            }
        }
        FakeKeystore.onFinal = { throw IllegalStateException("odd") }
        assertFailsWith<PlatformException.Unavailable> { keys.unwrap(wrapped) }
        FakeKeystore.onFinal = {}
        assertContentEquals(secret(), keys.unwrap(wrapped))
    }

    private fun unloadable(cause: Throwable) = UnrecoverableKeyException().apply { initCause(cause) }

    @Test
    fun `before Android 13 there are no numbers to go by`() {
        val wrapped = keys.wrap(secret())
        Build.VERSION.SDK_INT = 32
        FakeKeystore.onInit = { throw ProviderException(KeyStoreException(8, "odd")) }

        assertFailsWith<PlatformException.Unavailable> { keys.unwrap(wrapped) }
    }

    @Test
    fun `a key that is broken and does not say so is discarded by the app, and the keyed function stays`() {
        val wrapped = keys.wrap(secret())
        val prf = keys.prf(ByteArray(32))
        keys.discardWrappingKey()

        assertFailsWith<PlatformException.Invalidated> { keys.unwrap(wrapped) }
        assertContentEquals(secret(), keys.unwrap(keys.wrap(secret())))
        assertContentEquals(prf, keys.prf(ByteArray(32)))
    }

    @Test
    fun `causes that go round in a circle are looked through once`() {
        val one = RuntimeException()
        val two = RuntimeException(one)
        one.initCause(two)
        FakeKeystore.onLoad = { throw one }

        assertFailsWith<PlatformException.Unavailable> { keys.wrap(secret()) }
    }

    @Test
    fun `a key that nobody can be asked for is not enrolled`() {
        FakeKeystore.onGenerate = { if (it.isUserAuthenticationRequired) throw InvalidAlgorithmParameterException() }

        for (asking in KeyAuthentication.entries - KeyAuthentication.NONE) {
            assertFailsWith<PlatformException.NotEnrolled> { KeystoreKeyWrapper("main", asking).cipherForWrap() }
        }
        assertContentEquals(secret(), keys.unwrap(keys.wrap(secret())))
    }

    @Test
    fun `a key that was invalidated is replaced where something is wrapped anew, and only there`() {
        val wrapped = keys.wrap(secret())
        val prf = keys.prf(ByteArray(32))
        val dead = FakeKeystore.keys.getValue("authenticator-core.main.open")
        FakeKeystore.onInit = { if (it === dead) throw KeyPermanentlyInvalidatedException() }

        assertFailsWith<PlatformException.Invalidated> { keys.unwrap(wrapped) }
        assertEquals(dead, FakeKeystore.keys["authenticator-core.main.open"])
        val again = keys.wrap(secret())
        assertContentEquals(secret(), keys.unwrap(again))
        assertFailsWith<PlatformException.Invalidated> { keys.unwrap(wrapped) }
        assertContentEquals(prf, keys.prf(ByteArray(32)))
    }

    @Test
    fun `a key that only does not answer is not replaced`() {
        keys.wrap(secret())
        FakeKeystore.onInit = { throw ProviderException("not now") }

        assertFailsWith<PlatformException.Unavailable> { keys.wrap(secret()) }
        assertEquals(2, FakeKeystore.generated.get())
    }

    @Test
    fun `the keyed function is HMAC-SHA-256, and never another one without being asked`() {
        assertFailsWith<PlatformException.Invalidated> { keys.prf(ByteArray(32)) }
        keys.wrap(secret())
        val input = ByteArray(32) { 7 }
        val inner = FakeKeystore.keys.getValue("authenticator-core.main.prf").inner
        val expected = Mac.getInstance("HmacSHA256", "SunJCE").apply { init(inner) }.doFinal(input)
        assertContentEquals(expected, keys.prf(input))

        FakeKeystore.keys.remove("authenticator-core.main.prf")
        repeat(2) { assertFailsWith<PlatformException.Invalidated> { keys.prf(input) } }
        keys.createPrfKey()
        assertFalse(keys.prf(input).contentEquals(expected))
    }

    @Test
    fun `keys are made once, however many ask at a time`() {
        val threads = 8
        val start = CyclicBarrier(threads)
        val pool = Executors.newFixedThreadPool(threads)
        val wrapped = List(threads) {
            pool.submit<ByteArray> {
                start.await()
                KeystoreKeyWrapper("main").wrap(secret())
            }
        }.map { it.get() }
        pool.shutdown()

        assertEquals(2, FakeKeystore.generated.get())
        wrapped.forEach { assertContentEquals(secret(), keys.unwrap(it)) }
    }

    @Test
    fun `a biometric key needs its prompt for each use`() {
        val keys = KeystoreKeyWrapper("main", KeyAuthentication.BIOMETRIC)
        val alias = "authenticator-core.main.biometric"
        assertFailsWith<PlatformException.Cancelled> { keys.wrap(secret()) }
        val cipher = keys.cipherForWrap()
        val unconfirmed = secret()
        assertFailsWith<PlatformException.Cancelled> { keys.finishWrap(cipher, unconfirmed) }
        assertContentEquals(ByteArray(32), unconfirmed)
        val again = keys.cipherForWrap()
        FakeKeystore.keys.getValue(alias).isConfirmed = true
        val wrapped = keys.finishWrap(again, secret())

        assertEquals(KeyAuthentication.BIOMETRIC, keys.authenticationOf(wrapped))
        assertFailsWith<PlatformException.Cancelled> { keys.unwrap(wrapped) }
        val opening = KeystoreKeyWrapper("main").cipherForUnwrap(wrapped)
        FakeKeystore.keys.getValue(alias).isConfirmed = true
        assertContentEquals(secret(), keys.finishUnwrap(opening, wrapped))
    }

    @Test
    fun `security levels are told as the framework tells them`() {
        assertFailsWith<PlatformException.Invalidated> { keys.securityLevel() }
        keys.wrap(secret())
        val levels = mapOf(
            KeyProperties.SECURITY_LEVEL_STRONGBOX to SecurityLevel.STRONG_BOX,
            KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT to SecurityLevel.TRUSTED_ENVIRONMENT,
            KeyProperties.SECURITY_LEVEL_UNKNOWN_SECURE to SecurityLevel.TRUSTED_ENVIRONMENT,
            KeyProperties.SECURITY_LEVEL_SOFTWARE to SecurityLevel.SOFTWARE,
            KeyProperties.SECURITY_LEVEL_UNKNOWN to SecurityLevel.SOFTWARE,
        )
        for ((told, level) in levels) {
            FakeKeystore.securityLevel = told
            assertEquals(level, keys.securityLevel())
        }
        Build.VERSION.SDK_INT = 30
        FakeKeystore.securityLevel = KeyProperties.SECURITY_LEVEL_STRONGBOX
        assertEquals(SecurityLevel.TRUSTED_ENVIRONMENT, keys.securityLevel())
    }

    @Test
    fun `all keys of a vault are destroyed, and no others`() {
        val wrapped = keys.wrap(secret())
        val other = KeystoreKeyWrapper("main.prf")
        val kept = other.wrap(secret())
        KeystoreKeyWrapper("main", KeyAuthentication.BIOMETRIC).cipherForWrap()
        keys.delete()
        keys.delete()

        assertFailsWith<PlatformException.Invalidated> { keys.unwrap(wrapped) }
        assertEquals(2, FakeKeystore.keys.size)
        assertContentEquals(secret(), other.unwrap(kept))
    }

    @Test
    fun `a name that could be another's is none, and nothing secret is printed`() {
        for (name in listOf("", "a/b", "a b", "é", "a".repeat(65), "a\n")) {
            assertFailsWith<IllegalArgumentException> { KeystoreKeyWrapper(name) }
        }
        assertEquals("KeystoreKeyWrapper(name=main, authentication=NONE)", keys.toString())
        assertNotEquals(keys.toString(), KeystoreKeyWrapper("other").toString())
    }
}
