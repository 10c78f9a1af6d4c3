#if canImport(Security) && canImport(LocalAuthentication) && canImport(CryptoKit)
import CryptoKit
import Foundation
import LocalAuthentication
import Security

/// A key of the Secure Enclave, which never leaves it (P-256; ECIES with AES-GCM).
///
/// To wrap asks nobody: it takes the public key. To unwrap asks what ``KeyProtection`` says. ``prf(input:)``
/// goes by a second key, which asks nobody and which only this device has: a PIN cannot be guessed without
/// the device.
///
/// Each ``wrap(key:)`` makes a key of its own, so that what was wrapped before still opens where a change
/// of the vault is not made to the end. An older key goes once a newer one has opened what it wrapped.
///
/// A key of the Enclave outlives the app: ``delete()`` destroys it, uninstallation may not.
public final class SecureEnclaveKeyWrapper: KeyWrapper {
    private let label: String
    private let protection: KeyProtection
    private let prompt: (@Sendable () -> LAContext)?

    private static let ecies = SecKeyAlgorithm.eciesEncryptionCofactorVariableIVX963SHA256AESGCM
    private static let ecdh = SecKeyAlgorithm.ecdhKeyExchangeCofactorX963SHA256

    /// - Parameters:
    ///   - label: What the keys are filed under: one for each vault.
    ///   - protection: What the key asks for before it opens anything.
    ///   - prompt: Gives the context of a prompt, with its text (`localizedReason`).
    public init(
        label: String,
        protection: KeyProtection,
        prompt: (@Sendable () -> LAContext)? = nil
    ) {
        self.label = label
        self.protection = protection
        self.prompt = prompt
    }

    /// Always ``SecurityLevel/secureEnclave``: a processor of its own.
    public func securityLevel() throws -> SecurityLevel { .secureEnclave }

    /// Encrypts to a new key. Nobody is asked.
    public func wrap(key: Data) throws -> Data {
        let number = (try numbers().max() ?? 0) + 1
        let made = try makeKey(tag: tag(number), label: label, protection)
        guard let publicKey = SecKeyCopyPublicKey(made) else { throw PlatformError.Unavailable }
        var error: Unmanaged<CFError>?
        let sealed = SecKeyCreateEncryptedData(publicKey, Self.ecies, key as CFData, &error)
        guard let sealed else { throw PlatformError(error) }
        return number.bigEndianBytes + (sealed as Data)
    }

    /// Decrypts, after the prompt that the key asks for.
    public func unwrap(wrapped: Data) throws -> Data {
        try unwrap(wrapped: wrapped, in: prompt?())
    }

    /// Decrypts in a context that the app has evaluated before: the two steps of a prompt of its own.
    public func unwrap(wrapped: Data, in context: LAContext?) throws -> Data {
        let (number, sealed) = try numbered(wrapped)
        let key = try self.key(tag(number), in: context)
        var error: Unmanaged<CFError>?
        let opened = SecKeyCreateDecryptedData(key, Self.ecies, sealed as CFData, &error)
        guard let opened else { throw PlatformError(error) }
        try? destroy(before: number)
        return opened as Data
    }

    /// HMAC-SHA-256 under what ECDH makes of the second key and its own public key: a point that is always
    /// the same, and a secret that nobody can compute without the Enclave.
    public func prf(input: Data) throws -> Data? {
        let key = try keyOfPrf()
        guard let point = SecKeyCopyPublicKey(key) else { throw PlatformError.Unavailable }
        let size = SecKeyKeyExchangeParameter.requestedSize.rawValue as String
        let parameters: [String: Any] = [size: 32]
        var error: Unmanaged<CFError>?
        let shared = SecKeyCopyKeyExchangeResult(
            key, Self.ecdh, point, parameters as CFDictionary, &error)
        guard let shared else { throw PlatformError(error) }
        var secret = shared as Data
        defer { secret.wipe() }
        let code = HMAC<SHA256>.authenticationCode(for: input, using: SymmetricKey(data: secret))
        return Data(code)
    }

    /// Destroys every key of this label.
    public func delete() throws {
        try destroy(before: .max)
        let status = SecItemDelete(query(prfTag) as CFDictionary)
        if status != errSecItemNotFound { try asked(status) }
    }

    private var prfTag: Data { Data("\(label).prf".utf8) }

    private func tag(_ number: UInt64) -> Data { Data("\(label).\(number)".utf8) }

    private func query(_ tag: Data?) -> [String: Any] {
        var query: [String: Any] = [
            kSecClass as String: kSecClassKey,
            kSecAttrKeyType as String: kSecAttrKeyTypeECSECPrimeRandom,
            kSecUseDataProtectionKeychain as String: true,
        ]
        if let tag { query[kSecAttrApplicationTag as String] = tag }
        return query
    }

    private func makeKey(
        tag: Data, label: String, _ protection: KeyProtection
    ) throws(PlatformError) -> SecKey {
        let attributes: [String: Any] = [
            kSecAttrKeyType as String: kSecAttrKeyTypeECSECPrimeRandom,
            kSecAttrKeySizeInBits as String: 256,
            kSecAttrTokenID as String: kSecAttrTokenIDSecureEnclave,
            kSecUseDataProtectionKeychain as String: true,
            kSecPrivateKeyAttrs as String: [
                kSecAttrIsPermanent as String: true,
                kSecAttrLabel as String: label,
                kSecAttrApplicationTag as String: tag,
                kSecAttrAccessControl as String: try protection.control(isKey: true),
            ] as [String: Any],
        ]
        var error: Unmanaged<CFError>?
        guard let key = SecKeyCreateRandomKey(attributes as CFDictionary, &error) else {
            throw PlatformError(error)
        }
        return key
    }

    private func key(_ tag: Data, in context: LAContext?) throws(PlatformError) -> SecKey {
        var search = query(tag)
        search[kSecReturnRef as String] = true
        if let context { search[kSecUseAuthenticationContext as String] = context }
        var found: CFTypeRef?
        try asked(SecItemCopyMatching(search as CFDictionary, &found))
        guard let found, CFGetTypeID(found) == SecKeyGetTypeID() else { throw .Invalidated }
        // Its type was compared just above: a conditional cast compares nothing for a Core Foundation type.
        return found as! SecKey
    }

    /// The key that asks nobody. It is made when a PIN is set for the first time.
    private func keyOfPrf() throws(PlatformError) -> SecKey {
        do {
            return try key(prfTag, in: nil)
        } catch .Invalidated {
            return try makeKey(tag: prfTag, label: "\(label).prf", .unlockedDevice)
        }
    }

    /// The numbers of the keys that there are. Nobody is asked for that.
    private func numbers() throws(PlatformError) -> [UInt64] {
        var search = query(nil)
        search[kSecAttrLabel as String] = label
        search[kSecMatchLimit as String] = kSecMatchLimitAll
        search[kSecReturnAttributes as String] = true
        return try attributes(of: search).compactMap { item in
            guard let tag = item[kSecAttrApplicationTag as String] as? Data else { return nil }
            return UInt64(String(decoding: tag, as: UTF8.self).dropFirst(label.count + 1))
        }
    }

    private func destroy(before last: UInt64) throws(PlatformError) {
        for number in try numbers() where number < last {
            let status = SecItemDelete(query(tag(number)) as CFDictionary)
            if status != errSecItemNotFound { try asked(status) }
        }
    }
}

extension PlatformError {
    /// What a call that failed left as its reason.
    fileprivate init(_ error: Unmanaged<CFError>?) {
        guard let error else {
            self = .Unavailable
            return
        }
        self.init(error.takeRetainedValue())
    }
}
#endif
