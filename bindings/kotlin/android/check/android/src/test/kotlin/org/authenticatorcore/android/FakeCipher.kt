package org.authenticatorcore.android

import android.security.KeyStoreException
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.UserNotAuthenticatedException
import java.security.AlgorithmParameters
import java.security.Key
import java.security.SecureRandom
import java.security.spec.AlgorithmParameterSpec
import javax.crypto.Cipher
import javax.crypto.CipherSpi
import javax.crypto.IllegalBlockSizeException
import javax.crypto.Mac
import javax.crypto.MacSpi

/** `KM_ERROR_KEY_USER_NOT_AUTHENTICATED` */
private const val KEY_USER_NOT_AUTHENTICATED = -26

/** The JDK's AES-GCM with a key of [FakeKeystore], which asks as the key's specification says. */
internal class FakeCipher : CipherSpi() {
    private val inner = Cipher.getInstance("AES/GCM/NoPadding", "SunJCE")
    private lateinit var key: FakeKeystore.OpaqueKey

    override fun engineInit(mode: Int, key: Key, random: SecureRandom?) {
        begin(key)
        inner.init(mode, this.key.inner)
    }

    override fun engineInit(mode: Int, key: Key, parameters: AlgorithmParameterSpec?, random: SecureRandom?) {
        begin(key)
        inner.init(mode, this.key.inner, parameters)
    }

    override fun engineInit(mode: Int, key: Key, parameters: AlgorithmParameters?, random: SecureRandom?) =
        throw UnsupportedOperationException()

    private fun begin(key: Key) {
        this.key = key as FakeKeystore.OpaqueKey
        FakeKeystore.onInit(this.key)
        if (this.key.spec.isUserAuthenticationRequired && !asksEachUse() && !this.key.isConfirmed) {
            throw UserNotAuthenticatedException()
        }
    }

    private fun asksEachUse() =
        key.spec.isUserAuthenticationRequired && key.spec.userAuthenticationValidityDurationSeconds <= 0

    /** A key that asks for each use takes no data before it was asked. */
    private fun checkConfirmed() {
        FakeKeystore.onFinal()
        if (asksEachUse() && !key.isConfirmed) {
            val cause = KeyStoreException(KEY_USER_NOT_AUTHENTICATED, "Key user not authenticated")
            throw IllegalBlockSizeException().apply { initCause(cause) }
        }
    }

    override fun engineDoFinal(input: ByteArray, offset: Int, length: Int): ByteArray {
        checkConfirmed()
        return inner.doFinal(input, offset, length).also { if (asksEachUse()) key.isConfirmed = false }
    }

    override fun engineUpdateAAD(source: ByteArray, offset: Int, length: Int) =
        inner.updateAAD(source, offset, length)

    override fun engineGetIV(): ByteArray = inner.iv

    override fun engineGetBlockSize(): Int = inner.blockSize

    override fun engineGetOutputSize(length: Int): Int = inner.getOutputSize(length)

    override fun engineGetParameters(): AlgorithmParameters = inner.parameters

    override fun engineSetMode(mode: String) = throw UnsupportedOperationException()

    override fun engineSetPadding(padding: String) = throw UnsupportedOperationException()

    override fun engineUpdate(input: ByteArray, offset: Int, length: Int): ByteArray =
        throw UnsupportedOperationException()

    override fun engineUpdate(input: ByteArray, offset: Int, length: Int, output: ByteArray, outputOffset: Int): Int =
        throw UnsupportedOperationException()

    override fun engineDoFinal(input: ByteArray, offset: Int, length: Int, output: ByteArray, outputOffset: Int): Int =
        throw UnsupportedOperationException()
}

/** The JDK's HMAC with a key of [FakeKeystore]. */
internal class FakeMac : MacSpi() {
    private val inner = Mac.getInstance("HmacSHA256", "SunJCE")

    override fun engineInit(key: Key, parameters: AlgorithmParameterSpec?) {
        FakeKeystore.onInit(key as FakeKeystore.OpaqueKey)
        inner.init(key.inner)
    }

    override fun engineGetMacLength(): Int = inner.macLength

    override fun engineUpdate(input: Byte) = inner.update(input)

    override fun engineUpdate(input: ByteArray, offset: Int, length: Int) = inner.update(input, offset, length)

    override fun engineDoFinal(): ByteArray {
        FakeKeystore.onFinal()
        return inner.doFinal()
    }

    override fun engineReset() = inner.reset()
}

/** What the Keystore tells of a key. */
internal fun keyInfo(spec: KeyGenParameterSpec, securityLevel: Int): KeyInfo = KeyInfo(
    spec.keystoreAlias,
    securityLevel > 0,
    0,
    spec.keySize,
    null,
    null,
    null,
    spec.purposes,
    emptyArray(),
    emptyArray(),
    emptyArray(),
    emptyArray(),
    spec.isUserAuthenticationRequired,
    spec.userAuthenticationValidityDurationSeconds,
    0,
    false,
    false,
    false,
    spec.isInvalidatedByBiometricEnrollment,
    false,
    spec.isUnlockedDeviceRequired,
    securityLevel,
    -1,
)
