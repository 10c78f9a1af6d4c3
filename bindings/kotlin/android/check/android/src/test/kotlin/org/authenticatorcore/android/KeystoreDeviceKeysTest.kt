package org.authenticatorcore.android

import android.os.Build
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import java.security.InvalidAlgorithmParameterException
import java.security.ProviderException
import java.security.Signature
import kotlin.test.BeforeTest
import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import org.authenticatorcore.ffi.DeviceKey
import org.authenticatorcore.ffi.KeyPurpose
import org.authenticatorcore.ffi.PlatformException
import org.authenticatorcore.ffi.SecurityLevel

class KeystoreDeviceKeysTest {
    private val keys = KeystoreDeviceKeys()
    private val challenge = ByteArray(32) { 9 }
    private val message = "header.payload".toByteArray()

    @BeforeTest
    fun reset() {
        FakeKeystore.reset()
        Build.VERSION.SDK_INT = 35
    }

    private fun made(purpose: KeyPurpose = KeyPurpose.DEVICE): DeviceKey = assertNotNull(keys.generate(purpose, challenge))

    private fun pair(key: DeviceKey) = FakeKeystore.pairs.getValue(key.handle.decodeToString())

    @Test
    fun `a device key signs what its point verifies, and asks nobody`() {
        val key = made()
        val signature = keys.sign(key.handle, message)

        val pair = pair(key)
        assertContentEquals(pair.point.encoded.takeLast(65).toByteArray(), key.publicKey)
        assertEquals(4, key.publicKey.first())
        val verifier = Signature.getInstance("SHA256withECDSA").apply { initVerify(pair.point) }
        verifier.update(message)
        assertTrue(verifier.verify(signature))
        assertFalse(pair.spec.isUserAuthenticationRequired)
        assertEquals(KeyProperties.PURPOSE_SIGN, pair.spec.purposes)
        assertEquals(SecurityLevel.STRONG_BOX, key.level)
        assertContentEquals(challenge, pair.spec.attestationChallenge)
        assertFalse(made().handle.contentEquals(key.handle))
    }

    @Test
    fun `a verification key asks for a strong biometric each time, and is lost with a new finger`() {
        for (sdk in listOf(24, 30, 35)) {
            Build.VERSION.SDK_INT = sdk
            val key = made(KeyPurpose.VERIFICATION)
            val spec = pair(key).spec
            assertTrue(spec.isUserAuthenticationRequired && spec.isInvalidatedByBiometricEnrollment)
            assertTrue(spec.userAuthenticationValidityDurationSeconds <= 0)
            assertFailsWith<PlatformException> { keys.sign(key.handle, message) }
            pair(key).isConfirmed = true
            keys.sign(key.handle, message)
        }
    }

    @Test
    fun `there is no verification key without a finger, nor in software`() {
        FakeKeystore.onSpecified = { if (it.isUserAuthenticationRequired) throw InvalidAlgorithmParameterException() }
        assertNull(keys.generate(KeyPurpose.VERIFICATION, challenge))
        made()
        FakeKeystore.onSpecified = {}
        FakeKeystore.securityLevel = KeyProperties.SECURITY_LEVEL_SOFTWARE
        assertNull(keys.generate(KeyPurpose.VERIFICATION, challenge))
        assertEquals(SecurityLevel.SOFTWARE, made().level)
        assertEquals(2, FakeKeystore.pairs.size)
    }

    @Test
    fun `where there is no StrongBox, or nothing attests, a key is made without`() {
        FakeKeystore.hasStrongBox = false
        FakeKeystore.securityLevel = KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT
        assertEquals(SecurityLevel.TRUSTED_ENVIRONMENT, made().level)
        assertFalse(pair(made()).spec.isStrongBoxBacked)

        FakeKeystore.onGenerate = { if (it.attestationChallenge != null) throw ProviderException("no attestation") }
        val key = made()
        assertNull(pair(key).spec.attestationChallenge)
        assertNull(key.attestation)
    }

    @Test
    fun `an attestation is all certificates, the key's own first, and none that is too long`() {
        val attestation = assertNotNull(made().attestation)
        assertEquals("android-key", attestation.format)
        assertContentEquals(ByteArray(600) { 600.toByte() } + ByteArray(500) { 500.toByte() }, attestation.data)
        FakeKeystore.attestation = listOf(8000, 193)
        assertNull(made().attestation)
        FakeKeystore.attestation = listOf(8000, 192)
        assertNotNull(made().attestation)
        FakeKeystore.attestation = listOf(600)
        assertNull(made().attestation)
    }

    @Test
    fun `a key that is gone, lost or not ours is invalidated, and deleting it is no error`() {
        val key = made()
        FakeKeystore.onLoad = { throw KeyPermanentlyInvalidatedException() }
        assertFailsWith<PlatformException.Invalidated> { keys.sign(key.handle, message) }
        FakeKeystore.onLoad = {}
        keys.delete(key.handle)
        assertFailsWith<PlatformException.Invalidated> { keys.sign(key.handle, message) }
        keys.delete(key.handle)
        KeystoreKeyWrapper("main").wrap(ByteArray(32))
        val vaults = "authenticator-core.main.open".toByteArray()
        assertFailsWith<PlatformException.Invalidated> { keys.delete(vaults) }
        assertFailsWith<PlatformException.Invalidated> { keys.sign(vaults, message) }
        assertEquals("KeystoreDeviceKeys", keys.toString())
    }
}
