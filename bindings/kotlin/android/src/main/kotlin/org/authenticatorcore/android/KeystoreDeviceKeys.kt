package org.authenticatorcore.android

import java.security.InvalidAlgorithmParameterException
import java.security.SecureRandom
import java.security.Signature
import org.authenticatorcore.ffi.DeviceKey
import org.authenticatorcore.ffi.DeviceKeys
import org.authenticatorcore.ffi.KeyAttestation
import org.authenticatorcore.ffi.KeyPurpose
import org.authenticatorcore.ffi.PlatformException
import org.authenticatorcore.ffi.SecurityLevel
import org.authenticatorcore.ffi.VerificationMessage

private const val PREFIX = "authenticator-core.approval."
private const val ALIAS_BYTES = 16
private const val POINT_LENGTH = 65
private const val UNCOMPRESSED: Byte = 4
private const val MOST_ATTESTATION = 8192

/**
 * The keys that approve, in the Android Keystore, which never leave it: ECDSA on P-256, in StrongBox where
 * the phone has it and otherwise in its trusted environment. Each credential has its own, under an alias that
 * is drawn at random; hand one of these to `Authenticator.create` and `open`.
 *
 * A device key asks nobody; from Android 15 on it works only while the device is unlocked. A verification
 * key asks for a strong biometric (class 3) each time, by a `BiometricPrompt` with a `CryptoObject`, and is lost
 * when a finger or face is enrolled anew: [signatureFor], then [finish]; `approveWithBiometric` with a
 * [Confirmation] does both. There is none where nobody is enrolled, or the Keystore is not in hardware.
 *
 * What the Keystore attests of a key goes to the service as `android-key`: the certificates as DER, one behind
 * the other, the key's own first. Where there are none, or more than 8192 bytes, the key has no attestation.
 *
 * It may be used from any thread. Every call waits for another process, and StrongBox takes seconds to make
 * a key. It throws nothing but [PlatformException], by what the app can do.
 *
 * @param preferStrongBox false keeps new keys in the trusted environment, which answers sooner.
 */
public class KeystoreDeviceKeys @JvmOverloads constructor(
    private val preferStrongBox: Boolean = true,
) : DeviceKeys {
    override fun generate(purpose: KeyPurpose, challenge: ByteArray): DeviceKey? = answering {
        val alias = newAlias()
        val isVerification = purpose == KeyPurpose.VERIFICATION
        val authentication = if (isVerification) KeyAuthentication.BIOMETRIC else KeyAuthentication.NONE
        val pair = try {
            Keystore.generateP256(alias, preferStrongBox, authentication, challenge)
        } catch (failure: InvalidAlgorithmParameterException) {
            // So the Keystore says that there is no finger or face to ask for.
            if (isVerification) return null
            throw failure
        }
        val level = Keystore.securityLevel(pair.private)
        if (isVerification && level == SecurityLevel.SOFTWARE) {
            Keystore.remove(alias)
            return null
        }
        // The point stands at the end of what X.509 says of the key.
        val point = pair.public.encoded.takeLast(POINT_LENGTH).toByteArray()
        if (point.firstOrNull() != UNCOMPRESSED) throw PlatformException.Unavailable()
        DeviceKey(alias.toByteArray(), point, level, attestation(alias))
    }

    override fun sign(handle: ByteArray, message: ByteArray): ByteArray = answering {
        signatureBy(handle).run {
            update(message)
            sign()
        }
    }

    override fun delete(handle: ByteArray): Unit = answering { Keystore.remove(aliasOf(handle)) }

    /** What signs [message] once, for the prompt; `Invalidated` where the key is gone. */
    public fun signatureFor(message: VerificationMessage): Signature = answering { signatureBy(message.keyHandle()) }

    /** What the prompt's `signature` signs, for `approveWithBiometric`. */
    public fun finish(signature: Signature, message: VerificationMessage): ByteArray = answering {
        signature.update(message.bytes())
        signature.sign()
    }

    /** Says nothing of keys. */
    override fun toString(): String = "KeystoreDeviceKeys"

    private fun signatureBy(handle: ByteArray): Signature {
        val key = Keystore.privateKey(aliasOf(handle)) ?: throw PlatformException.Invalidated()
        return Signature.getInstance("SHA256withECDSA").apply { initSign(key) }
    }

    private fun attestation(alias: String): KeyAttestation? {
        val chain = Keystore.certificates(alias)
        // One alone is the Keystore's own wrapping of the key, and attests nothing.
        if (chain.size < 2) return null
        val data = chain.fold(ByteArray(0)) { all, one -> all + one.encoded }
        return if (data.size > MOST_ATTESTATION) null else KeyAttestation("android-key", data)
    }
}

private fun newAlias(): String {
    val bytes = ByteArray(ALIAS_BYTES).also(SecureRandom()::nextBytes)
    return PREFIX + bytes.joinToString("") { "%02x".format(it) }
}

/** Of no other key than those of approvals. */
private fun aliasOf(handle: ByteArray): String {
    val alias = String(handle, Charsets.UTF_8)
    if (!alias.startsWith(PREFIX)) throw PlatformException.Invalidated()
    return alias
}
