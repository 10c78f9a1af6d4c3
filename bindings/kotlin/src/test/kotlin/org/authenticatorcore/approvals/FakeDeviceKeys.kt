package org.authenticatorcore.approvals

import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.PrivateKey
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import java.util.concurrent.ConcurrentHashMap
import org.authenticatorcore.ffi.DeviceKey
import org.authenticatorcore.ffi.DeviceKeys
import org.authenticatorcore.ffi.KeyAttestation
import org.authenticatorcore.ffi.KeyPurpose
import org.authenticatorcore.ffi.PlatformException
import org.authenticatorcore.ffi.SecurityLevel

/** A key store on the JDK's own cryptography, which can refuse, break, or lose its keys. */
class FakeDeviceKeys(private val hasVerificationKeys: Boolean = true) : DeviceKeys {
    val keys = ConcurrentHashMap<String, KeyPair>()
    val challenges = mutableListOf<ByteArray>()

    @Volatile
    var failure: Exception? = null

    override fun generate(purpose: KeyPurpose, challenge: ByteArray): DeviceKey? {
        failure?.let { throw it }
        if (purpose == KeyPurpose.VERIFICATION && !hasVerificationKeys) return null
        challenges += challenge
        val pair = KeyPairGenerator.getInstance("EC")
            .apply { initialize(ECGenParameterSpec("secp256r1")) }
            .generateKeyPair()
        val alias = "key ${keys.size}"
        keys[alias] = pair
        // The point stands at the end of what X.509 says of it.
        val point = pair.public.encoded.takeLast(65).toByteArray()
        val attestation = KeyAttestation("android-key", ByteArray(1000) { 7 })
        return DeviceKey(alias.toByteArray(), point, SecurityLevel.STRONG_BOX, attestation)
    }

    override fun sign(handle: ByteArray, message: ByteArray): ByteArray {
        failure?.let { throw it }
        val pair = keys[handle.decodeToString()] ?: throw PlatformException.Invalidated()
        return signature(pair.private, message)
    }

    override fun delete(handle: ByteArray) {
        keys.remove(handle.decodeToString())
    }

    private fun signature(key: PrivateKey, message: ByteArray): ByteArray =
        Signature.getInstance("SHA256withECDSA").run {
            initSign(key)
            update(message)
            sign()
        }
}
