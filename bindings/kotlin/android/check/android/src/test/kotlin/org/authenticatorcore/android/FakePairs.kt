package org.authenticatorcore.android

import android.security.KeyStoreException
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.StrongBoxUnavailableException
import java.security.Key
import java.security.KeyFactorySpi
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyPairGeneratorSpi
import java.security.PrivateKey
import java.security.PublicKey
import java.security.SecureRandom
import java.security.Signature
import java.security.SignatureException
import java.security.SignatureSpi
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.security.spec.KeySpec

/** `KM_ERROR_KEY_USER_NOT_AUTHENTICATED` */
private const val KEY_USER_NOT_AUTHENTICATED = -26

/** The JDK's P-256 under aliases of [FakeKeystore]. */
internal class FakePairs : KeyPairGeneratorSpi() {
    private lateinit var spec: KeyGenParameterSpec

    override fun initialize(parameters: AlgorithmParameterSpec, random: SecureRandom?) {
        spec = parameters as KeyGenParameterSpec
        FakeKeystore.onSpecified(spec)
    }

    override fun initialize(size: Int, random: SecureRandom?) = throw UnsupportedOperationException()

    override fun generateKeyPair(): KeyPair {
        FakeKeystore.onGenerate(spec)
        if (spec.isStrongBoxBacked && !FakeKeystore.hasStrongBox) {
            throw StrongBoxUnavailableException()
        }
        val generator = KeyPairGenerator.getInstance("EC", "SunEC")
        generator.initialize(spec.algorithmParameterSpec)
        val pair = generator.generateKeyPair()
        val key = FakeKeystore.OpaquePrivateKey(pair.private, pair.public, spec)
        FakeKeystore.pairs[spec.keystoreAlias] = key
        return KeyPair(pair.public, key)
    }
}

internal class FakePairFactory : KeyFactorySpi() {
    @Suppress("UNCHECKED_CAST")
    override fun <T : KeySpec> engineGetKeySpec(key: Key, type: Class<T>): T =
        keyInfo((key as FakeKeystore.OpaquePrivateKey).spec, FakeKeystore.securityLevel) as T

    override fun engineGeneratePrivate(spec: KeySpec): PrivateKey = throw UnsupportedOperationException()

    override fun engineGeneratePublic(spec: KeySpec): PublicKey = throw UnsupportedOperationException()

    override fun engineTranslateKey(key: Key): Key = throw UnsupportedOperationException()
}

/** The JDK's ECDSA with a key of [FakeKeystore], which asks as the key's specification says. */
@Suppress("OVERRIDE_DEPRECATION")
internal class FakeSignature : SignatureSpi() {
    private val inner = Signature.getInstance("SHA256withECDSA", "SunEC")
    private lateinit var key: FakeKeystore.OpaquePrivateKey

    override fun engineInitSign(key: PrivateKey) {
        this.key = key as FakeKeystore.OpaquePrivateKey
        inner.initSign(key.inner)
    }

    override fun engineUpdate(byte: Byte) = inner.update(byte)

    override fun engineUpdate(bytes: ByteArray, offset: Int, length: Int) = inner.update(bytes, offset, length)

    override fun engineSign(): ByteArray {
        FakeKeystore.onFinal()
        if (key.spec.isUserAuthenticationRequired && !key.isConfirmed) {
            val cause = KeyStoreException(KEY_USER_NOT_AUTHENTICATED, "Key user not authenticated")
            throw SignatureException(cause)
        }
        key.isConfirmed = false
        return inner.sign()
    }

    override fun engineInitVerify(key: PublicKey) = throw UnsupportedOperationException()

    override fun engineVerify(signature: ByteArray): Boolean = throw UnsupportedOperationException()

    override fun engineSetParameter(name: String, value: Any?) = throw UnsupportedOperationException()

    override fun engineGetParameter(name: String): Any = throw UnsupportedOperationException()
}

internal class FakeCertificate(private val key: PublicKey, private val length: Int) : Certificate("X.509") {
    override fun getEncoded(): ByteArray = ByteArray(length) { length.toByte() }

    override fun getPublicKey(): PublicKey = key

    override fun verify(key: PublicKey) = Unit

    override fun verify(key: PublicKey, provider: String) = Unit

    override fun toString(): String = "FakeCertificate"
}
