package org.authenticatorcore.android

import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyProperties
import java.security.InvalidAlgorithmParameterException
import java.security.KeyFactory
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.PrivateKey
import java.security.ProviderException
import java.security.cert.Certificate
import java.security.spec.ECGenParameterSpec
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.SecretKeyFactory
import javax.crypto.spec.GCMParameterSpec
import org.authenticatorcore.ffi.PlatformException
import org.authenticatorcore.ffi.SecurityLevel

internal const val GCM_NONCE_LENGTH = 12
internal const val GCM_TAG_LENGTH = 16

private const val PROVIDER = "AndroidKeyStore"
private const val KEY_BITS = 256
private const val ENCRYPT_OR_DECRYPT = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT

/** The keys of the AndroidKeyStore, by their aliases. */
internal object Keystore {
    // To generate a key under an alias replaces the one that is there: look and generate in one.
    private val lock = Any()

    /** The key, or none if there is none. */
    fun key(alias: String): SecretKey? = store().getKey(alias, null) as SecretKey?

    /** The key that is there, or the one that [generate] makes. */
    fun keyOrNew(alias: String, generate: () -> SecretKey): SecretKey =
        synchronized(lock) { key(alias) ?: generate() }

    /** Uses [keyOrNew]; a key that is there and will never work again is replaced by a new one. */
    fun <T> withLivingKey(alias: String, generate: () -> SecretKey, use: (SecretKey) -> T): T =
        synchronized(lock) {
            try {
                use(keyOrNew(alias, generate))
            } catch (failure: Exception) {
                if (platformException(failure) !is PlatformException.Invalidated) {
                    throw failure
                }
                remove(alias)
                use(generate())
            }
        }

    /** No error if there is none. */
    fun remove(alias: String) {
        synchronized(lock) { store().deleteEntry(alias) }
    }

    /** The private key, or none if there is none. */
    fun privateKey(alias: String): PrivateKey? = store().getKey(alias, null) as PrivateKey?

    /** What says whose key it is, the key's own first; none if there are none. */
    fun certificates(alias: String): List<Certificate> = store().getCertificateChain(alias).orEmpty().toList()

    fun securityLevel(key: SecretKey): SecurityLevel {
        val factory = SecretKeyFactory.getInstance(key.algorithm, PROVIDER)
        return securityLevel(factory.getKeySpec(key, KeyInfo::class.java) as KeyInfo)
    }

    fun securityLevel(key: PrivateKey): SecurityLevel {
        val factory = KeyFactory.getInstance(key.algorithm, PROVIDER)
        return securityLevel(factory.getKeySpec(key, KeyInfo::class.java))
    }

    private fun securityLevel(info: KeyInfo): SecurityLevel {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.S) {
            @Suppress("DEPRECATION") // What replaces it is in API 31 first.
            val isInHardware = info.isInsideSecureHardware
            return if (isInHardware) SecurityLevel.TRUSTED_ENVIRONMENT else SecurityLevel.SOFTWARE
        }
        return when (info.securityLevel) {
            KeyProperties.SECURITY_LEVEL_STRONGBOX -> SecurityLevel.STRONG_BOX
            KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT,
            KeyProperties.SECURITY_LEVEL_UNKNOWN_SECURE,
            -> SecurityLevel.TRUSTED_ENVIRONMENT
            else -> SecurityLevel.SOFTWARE
        }
    }

    fun generateAes(
        alias: String,
        preferStrongBox: Boolean,
        authentication: KeyAuthentication,
    ): SecretKey =
        try {
            generateAes(alias, preferStrongBox) { authenticatedBy(authentication) }
        } catch (failure: InvalidAlgorithmParameterException) {
            // So the Keystore says that there is no finger, or no screen lock, to ask for.
            if (authentication == KeyAuthentication.NONE) {
                throw failure
            }
            throw PlatformException.NotEnrolled().apply { initCause(failure) }
        }

    /** A key that asks nobody and works while the device is locked, unless [restrict] says otherwise. */
    fun generateAes(
        alias: String,
        preferStrongBox: Boolean,
        restrict: KeyGenParameterSpec.Builder.() -> Unit = {},
    ): SecretKey = generate(KeyProperties.KEY_ALGORITHM_AES, preferStrongBox) {
        KeyGenParameterSpec.Builder(alias, ENCRYPT_OR_DECRYPT)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .setKeySize(KEY_BITS)
            .apply(restrict)
    }

    /** Asks nobody: its input is known only while a PIN is checked. */
    fun generateHmac(alias: String, preferStrongBox: Boolean): SecretKey =
        generate(KeyProperties.KEY_ALGORITHM_HMAC_SHA256, preferStrongBox) {
            KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_SIGN).setKeySize(KEY_BITS)
        }

    /** A key that signs SHA-256 by ECDSA, and attests `challenge` where the phone can. */
    fun generateP256(
        alias: String,
        preferStrongBox: Boolean,
        authentication: KeyAuthentication,
        challenge: ByteArray,
    ): KeyPair {
        val specification = {
            KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_SIGN)
                .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
                .setDigests(KeyProperties.DIGEST_SHA256)
                .apply { authenticatedBy(authentication) }
        }
        return try {
            generatePair(preferStrongBox) { specification().setAttestationChallenge(challenge) }
        } catch (failure: ProviderException) {
            if (isTransient(failure)) throw failure
            // Some phones were made without what attests, and make no key where it is asked for.
            generatePair(preferStrongBox, specification)
        }
    }

    private fun generatePair(
        preferStrongBox: Boolean,
        specification: () -> KeyGenParameterSpec.Builder,
    ): KeyPair {
        val generator = KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, PROVIDER)
        return inStrongBoxIf(preferStrongBox, specification) {
            generator.initialize(it)
            generator.generateKeyPair()
        }
    }

    private fun generate(
        algorithm: String,
        preferStrongBox: Boolean,
        specification: () -> KeyGenParameterSpec.Builder,
    ): SecretKey {
        val generator = KeyGenerator.getInstance(algorithm, PROVIDER)
        return inStrongBoxIf(preferStrongBox, specification) {
            generator.init(it)
            generator.generateKey()
        }
    }

    private inline fun <T> inStrongBoxIf(
        preferStrongBox: Boolean,
        specification: () -> KeyGenParameterSpec.Builder,
        make: (KeyGenParameterSpec) -> T,
    ): T {
        if (preferStrongBox && Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) {
            try {
                return make(specification().setIsStrongBoxBacked(true).build())
            } catch (failure: ProviderException) {
                // StrongBoxUnavailableException is one; some makers throw others. What passes is
                // no reason to settle for less for as long as the vault lives.
                if (isTransient(failure)) {
                    throw failure
                }
            }
        }
        return make(specification().build())
    }

    private fun store(): KeyStore = KeyStore.getInstance(PROVIDER).apply { load(null) }
}

private fun KeyGenParameterSpec.Builder.authenticatedBy(authentication: KeyAuthentication) {
    // Before Android 15, a key that needs an unlocked device may be lost with the screen lock, and
    // does not work after the device was unlocked by a weak biometric.
    if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.VANILLA_ICE_CREAM) {
        setUnlockedDeviceRequired(true)
    }
    when (authentication) {
        KeyAuthentication.NONE -> return
        KeyAuthentication.BIOMETRIC -> setInvalidatedByBiometricEnrollment(true)
        KeyAuthentication.SCREEN_LOCK -> Unit
    }
    setUserAuthenticationRequired(true)
    val isEachUse = authentication == KeyAuthentication.BIOMETRIC
    if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
        val credential = if (isEachUse) 0 else KeyProperties.AUTH_DEVICE_CREDENTIAL
        val window = if (isEachUse) 0 else KeyAuthentication.WINDOW_SECONDS
        setUserAuthenticationParameters(window, KeyProperties.AUTH_BIOMETRIC_STRONG or credential)
    } else {
        val window = if (isEachUse) -1 else KeyAuthentication.WINDOW_SECONDS
        @Suppress("DEPRECATION") // What replaces it is in API 30 first.
        setUserAuthenticationValidityDurationSeconds(window)
    }
}

/** An initialised cipher; it seals once. The Keystore draws the nonce. */
internal fun sealing(key: SecretKey): Cipher =
    Cipher.getInstance("AES/GCM/NoPadding").apply { init(Cipher.ENCRYPT_MODE, key) }

/** An initialised cipher for what was sealed with [nonce]. */
internal fun opening(key: SecretKey, nonce: ByteArray): Cipher =
    Cipher.getInstance("AES/GCM/NoPadding").apply {
        init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(GCM_TAG_LENGTH * Byte.SIZE_BITS, nonce))
    }
