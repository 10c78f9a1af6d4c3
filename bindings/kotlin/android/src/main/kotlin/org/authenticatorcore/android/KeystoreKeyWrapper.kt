package org.authenticatorcore.android

import javax.crypto.Cipher
import javax.crypto.Mac
import org.authenticatorcore.ffi.KeyWrapper
import org.authenticatorcore.ffi.PlatformException
import org.authenticatorcore.ffi.SecurityLevel

private const val FORMAT: Byte = 1
private const val HEADER_LENGTH = 2 + GCM_NONCE_LENGTH
private const val SECRET_LENGTH = 32
private const val WRAPPED_LENGTH = HEADER_LENGTH + SECRET_LENGTH + GCM_TAG_LENGTH
private val NAME = Regex("[A-Za-z0-9_.-]{1,64}")

/**
 * Keys in the Android Keystore, which never leave it: AES-256-GCM to wrap a vault's secret, and
 * HMAC-SHA-256 for the keyed function of its PIN.
 *
 * Keys are made when they are first needed to wrap, in StrongBox where the phone has it and
 * otherwise in its trusted environment. What was wrapped says which [KeyAuthentication] it was wrapped
 * under, and is unwrapped under that: to change it, make another wrapper of the same [name] and enrol
 * the platform's key anew.
 *
 * Where the Keystore asks for a prompt, take the two steps: [cipherForWrap] or [cipherForUnwrap] for
 * a `BiometricPrompt.CryptoObject`, of the framework or of androidx.biometric, then [finishWrap] or
 * [finishUnwrap]. `unlockWithPlatform` and its like, with a [Confirmation], do both.
 *
 * It may be used from any thread, of one process. Every call waits for another process, and the
 * first for the making of the keys, which StrongBox takes seconds for: stay off the main thread.
 * It throws nothing but [PlatformException], by what the app can do: `Cancelled` also where no prompt
 * was shown, or too long ago; `Invalidated` where the key is gone or did not wrap this.
 *
 * @param name names the keys: one vault's alone, and the same for as long as there is that vault. 1 to
 * 64 letters, digits, `_`, `.` and `-`.
 * @param authentication whom what is wrapped from now on asks for before it is unwrapped.
 * @param preferStrongBox false keeps new keys in the trusted environment, which answers sooner.
 * @throws IllegalArgumentException if `name` is none.
 */
public class KeystoreKeyWrapper @JvmOverloads constructor(
    public val name: String,
    public val authentication: KeyAuthentication = KeyAuthentication.NONE,
    private val preferStrongBox: Boolean = true,
) : KeyWrapper {
    init {
        require(NAME.matches(name)) { "The name of a vault's keys is 1 to 64 letters, digits, _, . and -" }
    }

    /**
     * Where the key that wraps is kept; before Android 12, which does not tell, `TRUSTED_ENVIRONMENT`
     * also stands for StrongBox.
     */
    override fun securityLevel(): SecurityLevel = answering {
        val key = Keystore.key(wrapAlias(authentication)) ?: throw PlatformException.Invalidated()
        Keystore.securityLevel(key)
    }

    /** Not for [KeyAuthentication.BIOMETRIC], which needs a prompt for each use: `Cancelled`. */
    override fun wrap(key: ByteArray): ByteArray =
        try {
            checkAsksForNoCipher(authentication)
            finishWrap(cipherForWrap(), key)
        } finally {
            key.fill(0)
        }

    /** Not for what was wrapped under [KeyAuthentication.BIOMETRIC]: `Cancelled`. */
    override fun unwrap(wrapped: ByteArray): ByteArray {
        val cipher = cipherForUnwrap(wrapped)
        checkAsksForNoCipher(authenticationOf(wrapped))
        return finishUnwrap(cipher, wrapped)
    }

    /**
     * `Invalidated` where the key is missing: another one would make every PIN a wrong one. See
     * [createPrfKey].
     */
    override fun prf(input: ByteArray): ByteArray = answering {
        val key = Keystore.key(prfAlias) ?: throw PlatformException.Invalidated()
        Mac.getInstance("HmacSHA256").apply { init(key) }.doFinal(input)
    }

    /** Destroys the keys of every [KeyAuthentication], and that of [prf]. */
    override fun delete(): Unit = answering {
        KeyAuthentication.entries.forEach { Keystore.remove(wrapAlias(it)) }
        Keystore.remove(prfAlias)
    }

    /**
     * Makes the key of [prf] where it is missing, and replaces it where it never works again. The
     * first that is wrapped makes one too, where it is missing.
     *
     * Call it where the key store answers `Invalidated` while a PIN is set: the vault was brought
     * here from another phone, or the Keystore has lost its keys. A PIN of before opens nothing then.
     */
    public fun createPrfKey(): Unit = answering {
        Keystore.withLivingKey(prfAlias, ::newPrfKey) { key ->
            Mac.getInstance("HmacSHA256").init(key)
        }
    }

    /**
     * Destroys the key that wraps under [authentication], and no other: what it wrapped is lost. The
     * next that is wrapped makes a new one.
     *
     * Call it where the key store stays `Unavailable` although the phone was started anew, before
     * the platform's key is enrolled: some phones break a key with an update of the system, and
     * do not say so.
     */
    public fun discardWrappingKey(): Unit = answering { Keystore.remove(wrapAlias(authentication)) }

    /** Whom the Keystore asks before [wrapped] is unwrapped; `Invalidated` if this wrapped nothing like it. */
    public fun authenticationOf(wrapped: ByteArray): KeyAuthentication {
        val authentication = wrapped.getOrNull(1)?.let(KeyAuthentication::ofId)
        if (wrapped.size != WRAPPED_LENGTH || wrapped[0] != FORMAT || authentication == null) {
            throw PlatformException.Invalidated()
        }
        return authentication
    }

    /**
     * A cipher that wraps once, for the prompt. A key that was invalidated is replaced by a new one:
     * what it wrapped is lost by then.
     */
    public fun cipherForWrap(): Cipher = answering {
        Keystore.keyOrNew(prfAlias, ::newPrfKey)
        Keystore.withLivingKey(wrapAlias(authentication), ::newWrapKey, ::sealing)
    }

    /**
     * What the prompt's cipher wraps [secret] to, which is overwritten. It goes to
     * `finishCreate`, `finishPlatformEnrolment` or `PlatformAnswers`.
     */
    public fun finishWrap(cipher: Cipher, secret: ByteArray): ByteArray = try {
        answering {
            // Of another length, what it wraps to could not be told from what this did not wrap.
            if (secret.size != SECRET_LENGTH || cipher.iv?.size != GCM_NONCE_LENGTH) {
                throw PlatformException.Unavailable()
            }
            val header = byteArrayOf(FORMAT, authentication.id)
            cipher.updateAAD(associatedData(header))
            header + cipher.iv + cipher.doFinal(secret)
        }
    } finally {
        secret.fill(0)
    }

    /** A cipher that unwraps once, for the prompt. */
    public fun cipherForUnwrap(wrapped: ByteArray): Cipher = answering {
        val alias = wrapAlias(authenticationOf(wrapped))
        val key = Keystore.key(alias) ?: throw PlatformException.Invalidated()
        opening(key, wrapped.copyOfRange(2, HEADER_LENGTH))
    }

    /** What the prompt's cipher unwraps. Overwrite it after use. */
    public fun finishUnwrap(cipher: Cipher, wrapped: ByteArray): ByteArray = answering {
        authenticationOf(wrapped)
        cipher.updateAAD(associatedData(wrapped.copyOf(2)))
        cipher.doFinal(wrapped, HEADER_LENGTH, wrapped.size - HEADER_LENGTH)
    }

    /** Says nothing of keys. */
    override fun toString(): String = "KeystoreKeyWrapper(name=$name, authentication=$authentication)"

    private val prfAlias: String get() = "authenticator-core.$name.prf"

    private fun wrapAlias(authentication: KeyAuthentication): String =
        "authenticator-core.$name.${authentication.suffix}"

    private fun newWrapKey() =
        Keystore.generateAes(wrapAlias(authentication), preferStrongBox, authentication)

    private fun newPrfKey() = Keystore.generateHmac(prfAlias, preferStrongBox)

    private fun associatedData(header: ByteArray): ByteArray =
        "authcore/1/keystore/wrap".toByteArray() + header + name.toByteArray()
}

private fun checkAsksForNoCipher(authentication: KeyAuthentication) {
    if (authentication == KeyAuthentication.BIOMETRIC) {
        throw PlatformException.Cancelled()
    }
}
