package org.authenticatorcore.android

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import java.io.InputStream
import java.io.OutputStream
import java.security.Key
import java.security.PrivateKey
import java.security.PublicKey
import java.security.KeyStoreSpi
import java.security.Provider
import java.security.SecureRandom
import java.security.Security
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.security.spec.KeySpec
import java.util.Collections
import java.util.Date
import java.util.Enumeration
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicInteger
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey
import javax.crypto.SecretKeyFactorySpi
import javax.crypto.spec.SecretKeySpec

/**
 * A key store in software under the name of Android's. Its keys give no bytes away, and it breaks where
 * it is told to.
 */
object FakeKeystore {
    /** A key as an app sees it: without bytes. */
    class OpaqueKey(val inner: SecretKeySpec, val spec: KeyGenParameterSpec) : SecretKey {
        /** Whether a person confirmed its next use. */
        @Volatile
        var isConfirmed: Boolean = false

        override fun getAlgorithm(): String = inner.algorithm

        override fun getFormat(): String? = null

        override fun getEncoded(): ByteArray? = null
    }

    /** A private key as an app sees it. */
    class OpaquePrivateKey(val inner: PrivateKey, val point: PublicKey, val spec: KeyGenParameterSpec) : PrivateKey {
        /** Whether a person confirmed its next use. */
        @Volatile
        var isConfirmed: Boolean = false

        override fun getAlgorithm(): String = "EC"

        override fun getFormat(): String? = null

        override fun getEncoded(): ByteArray? = null
    }

    val keys: ConcurrentHashMap<String, OpaqueKey> = ConcurrentHashMap()
    val pairs: ConcurrentHashMap<String, OpaquePrivateKey> = ConcurrentHashMap()

    /** How long what attests a key is, and of how many parts. */
    var attestation: List<Int> = listOf(600, 500)
    val generated: AtomicInteger = AtomicInteger()
    var hasStrongBox: Boolean = true

    /** What each step throws, if anything. */
    var onLoad: () -> Unit = {}
    var onInit: (OpaqueKey) -> Unit = {}
    var onFinal: () -> Unit = {}
    var onGenerate: (KeyGenParameterSpec) -> Unit = {}
    var onSpecified: (KeyGenParameterSpec) -> Unit = {}
    var securityLevel: Int = KeyProperties.SECURITY_LEVEL_STRONGBOX

    fun reset() {
        keys.clear()
        pairs.clear()
        attestation = listOf(600, 500)
        generated.set(0)
        hasStrongBox = true
        onLoad = {}
        onInit = {}
        onFinal = {}
        onGenerate = {}
        onSpecified = {}
        securityLevel = KeyProperties.SECURITY_LEVEL_STRONGBOX
        if (Security.getProvider(PROVIDER) == null) {
            Security.addProvider(FakeProvider())
        }
    }

    fun spec(alias: String): KeyGenParameterSpec = checkNotNull(keys[alias]).spec
}

private const val PROVIDER = "AndroidKeyStore"

@Suppress("DEPRECATION") // What replaces it is no part of Java 8.
private class FakeProvider : Provider(PROVIDER, 1.0, "a key store in software") {
    init {
        serve("KeyStore", PROVIDER, ::FakeStore)
        serve("KeyGenerator", "AES") { FakeGenerator("AES") }
        serve("KeyGenerator", "HmacSHA256") { FakeGenerator("HmacSHA256") }
        serve("SecretKeyFactory", "AES", ::FakeFactory)
        serve("SecretKeyFactory", "HmacSHA256", ::FakeFactory)
        serve("Cipher", "AES/GCM/NoPadding", ::FakeCipher)
        serve("Mac", "HmacSHA256", ::FakeMac)
        serve("KeyPairGenerator", "EC", ::FakePairs)
        serve("KeyFactory", "EC", ::FakePairFactory)
        serve("Signature", "SHA256withECDSA", ::FakeSignature)
    }

    private fun serve(type: String, algorithm: String, make: () -> Any) {
        putService(object : Service(this, type, algorithm, "fake", null, null) {
            override fun newInstance(parameter: Any?): Any = make()

            override fun supportsParameter(parameter: Any?): Boolean = 
                parameter is FakeKeystore.OpaqueKey || parameter is FakeKeystore.OpaquePrivateKey
        })
    }
}

private class FakeStore : KeyStoreSpi() {
    override fun engineGetKey(alias: String, password: CharArray?): Key? {
        FakeKeystore.onLoad()
        return FakeKeystore.keys[alias] ?: FakeKeystore.pairs[alias]
    }

    override fun engineDeleteEntry(alias: String) {
        FakeKeystore.keys.remove(alias)
        FakeKeystore.pairs.remove(alias)
    }

    override fun engineLoad(stream: InputStream?, password: CharArray?) = Unit

    override fun engineContainsAlias(alias: String): Boolean = FakeKeystore.keys.containsKey(alias)

    override fun engineAliases(): Enumeration<String> = Collections.enumeration(FakeKeystore.keys.keys)

    override fun engineSize(): Int = FakeKeystore.keys.size

    override fun engineIsKeyEntry(alias: String): Boolean = engineContainsAlias(alias)

    override fun engineIsCertificateEntry(alias: String): Boolean = false

    override fun engineGetCertificateChain(alias: String): Array<Certificate>? {
        val pair = FakeKeystore.pairs[alias] ?: return null
        val lengths = if (pair.spec.attestationChallenge == null) listOf(300) else FakeKeystore.attestation
        return lengths.map { FakeCertificate(pair.point, it) }.toTypedArray()
    }

    override fun engineGetCertificate(alias: String): Certificate? = null

    override fun engineGetCreationDate(alias: String): Date = Date(0)

    override fun engineGetCertificateAlias(certificate: Certificate): String? = null

    override fun engineStore(stream: OutputStream?, password: CharArray?) = throw UnsupportedOperationException()

    override fun engineSetKeyEntry(alias: String, key: Key, password: CharArray?, chain: Array<Certificate>?) =
        throw UnsupportedOperationException()

    override fun engineSetKeyEntry(alias: String, key: ByteArray, chain: Array<Certificate>?) =
        throw UnsupportedOperationException()

    override fun engineSetCertificateEntry(alias: String, certificate: Certificate) =
        throw UnsupportedOperationException()
}

private class FakeGenerator(private val algorithm: String) : KeyGeneratorSpi() {
    private lateinit var spec: KeyGenParameterSpec

    override fun engineInit(parameters: AlgorithmParameterSpec, random: SecureRandom?) {
        spec = parameters as KeyGenParameterSpec
    }

    override fun engineInit(random: SecureRandom?) = throw UnsupportedOperationException()

    override fun engineInit(size: Int, random: SecureRandom?) = throw UnsupportedOperationException()

    override fun engineGenerateKey(): SecretKey {
        FakeKeystore.onGenerate(spec)
        if (spec.isStrongBoxBacked && !FakeKeystore.hasStrongBox) {
            throw StrongBoxUnavailableException()
        }
        val bytes = ByteArray(32).also(SecureRandom()::nextBytes)
        val key = FakeKeystore.OpaqueKey(SecretKeySpec(bytes, algorithm), spec)
        FakeKeystore.generated.incrementAndGet()
        FakeKeystore.keys[spec.keystoreAlias] = key
        return key
    }
}

private class FakeFactory : SecretKeyFactorySpi() {
    override fun engineGetKeySpec(key: SecretKey, type: Class<*>): KeySpec =
        keyInfo((key as FakeKeystore.OpaqueKey).spec, FakeKeystore.securityLevel)

    override fun engineGenerateSecret(spec: KeySpec): SecretKey = throw UnsupportedOperationException()

    override fun engineTranslateKey(key: SecretKey): SecretKey = throw UnsupportedOperationException()
}
