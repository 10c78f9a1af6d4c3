#if canImport(Security) && canImport(LocalAuthentication) && canImport(CryptoKit)
import CryptoKit
import Foundation
import LocalAuthentication
import Security

/// The keys that approve, in the Secure Enclave, which never leave it: ECDSA on P-256. Hand one of these to
/// ``Authenticator/create(at:keys:guard:deviceKeys:clock:executor:)`` and its like.
///
/// A device key asks nobody and works while the phone is unlocked. A verification key asks for Face ID or
/// Touch ID each time, and is lost when a face or finger is enrolled anew: ``sign(_:in:)`` with the context of
/// the app's prompt.
///
/// The Enclave keeps nothing: what it sealed of a key is the key's handle, in the vault, good on this device
/// alone and gone with the vault. Apple attests no single key; an app that uses App Attest tells its service
/// by itself.
public final class SecureEnclaveDeviceKeys: DeviceKeys {
    private typealias Key = SecureEnclave.P256.Signing.PrivateKey

    public init() {}

    /// Makes a key. No verification key where nobody is enrolled.
    ///
    /// - Throws: ``PlatformError/Unavailable`` where there is no Secure Enclave, as in the simulator.
    public func generate(purpose: KeyPurpose, challenge: Data) throws -> DeviceKey? {
        guard SecureEnclave.isAvailable else { throw PlatformError.Unavailable }
        let protection: KeyProtection
        switch purpose {
        case .device: protection = .unlockedDevice
        case .verification:
            guard LAContext().canEvaluatePolicy(.deviceOwnerAuthenticationWithBiometrics, error: nil) else {
                return nil
            }
            protection = .currentBiometry
        }
        let control = try protection.control(isKey: true)
        let key = try answering { try Key(accessControl: control) }
        return DeviceKey(
            handle: key.dataRepresentation, publicKey: key.publicKey.x963Representation,
            level: .secureEnclave, attestation: nil)
    }

    /// Signs with a device key.
    public func sign(handle: Data, message: Data) throws -> Data {
        try signature(of: message, by: handle, in: nil)
    }

    /// Signs with a verification key, after the person showed a face or a finger.
    ///
    /// - Parameter context: One that the app has evaluated, or whose `localizedReason` says what the prompt is
    ///   for. It blocks for as long as the prompt is shown: off the main thread.
    /// - Throws: ``PlatformError``.
    public func sign(_ message: VerificationMessage, in context: LAContext) throws -> Data {
        try signature(of: message.bytes, by: message.keyHandle, in: context)
    }

    /// Nothing to do: without its handle, a key is gone.
    public func delete(handle: Data) throws {}

    private func signature(of message: Data, by handle: Data, in context: LAContext?) throws -> Data {
        let key: Key
        do {
            key = try Key(dataRepresentation: handle, authenticationContext: context)
        } catch {
            // Another device's, or lost with the passcode.
            throw PlatformError.Invalidated
        }
        return try answering { try key.signature(for: message).derRepresentation }
    }

    /// What the Enclave throws, by what the app can do.
    private func answering<T>(_ work: () throws -> T) throws(PlatformError) -> T {
        do {
            return try work()
        } catch {
            throw PlatformError(error as NSError)
        }
    }
}
#endif
