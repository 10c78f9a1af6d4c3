#if canImport(Security) && canImport(LocalAuthentication) && canImport(CryptoKit)
import CryptoKit
import Foundation
import LocalAuthentication
import Security

/// A key of 256 bits in the Keychain, with which this process seals (AES-GCM).
///
/// It is for devices and simulators without a Secure Enclave. While the process uses the key, the key is
/// in its memory; ``SecureEnclaveKeyWrapper``'s never is.
///
/// Each ``wrap(key:)`` makes a key of its own, so that what was wrapped before still opens where a change
/// of the vault is not made to the end. An older key goes once a newer one has opened what it wrapped.
///
/// An item of the Keychain outlives the app: ``delete()`` destroys it, uninstallation may not.
public final class KeychainKeyWrapper: KeyWrapper {
    private let service: String
    private let protection: KeyProtection
    private let prompt: (@Sendable () -> LAContext)?

    /// - Parameters:
    ///   - service: What the items are filed under: one for each vault.
    ///   - protection: What the key asks for before it opens anything.
    ///   - prompt: Gives the context of a prompt, with its text (`localizedReason`).
    public init(
        service: String,
        protection: KeyProtection,
        prompt: (@Sendable () -> LAContext)? = nil
    ) {
        self.service = service
        self.protection = protection
        self.prompt = prompt
    }

    /// Always ``SecurityLevel/software``: the key is used in the memory of the process.
    public func securityLevel() throws -> SecurityLevel { .software }

    /// Seals with a new key.
    public func wrap(key: Data) throws -> Data {
        let wrapping = SymmetricKey(size: .bits256)
        let number = (try numbers().max() ?? 0) + 1
        var item = query(number)
        item[kSecAttrAccessControl as String] = try protection.control(isKey: false)
        var bytes = wrapping.withUnsafeBytes { Data($0) }
        defer { bytes.wipe() }
        item[kSecValueData as String] = bytes
        try asked(SecItemAdd(item as CFDictionary, nil))
        guard let sealed = try? AES.GCM.seal(key, using: wrapping).combined else {
            throw PlatformError.Unavailable
        }
        return number.bigEndianBytes + sealed
    }

    /// Opens, after the prompt that the key asks for.
    public func unwrap(wrapped: Data) throws -> Data {
        let (number, sealed) = try numbered(wrapped)
        var search = query(number).merging(protection.authentication(prompt)) { _, new in new }
        search[kSecReturnData as String] = true
        var found: CFTypeRef?
        try asked(SecItemCopyMatching(search as CFDictionary, &found))
        guard var bytes = found as? Data else { throw PlatformError.Unavailable }
        found = nil
        defer { bytes.wipe() }
        guard let box = try? AES.GCM.SealedBox(combined: sealed),
            let key = try? AES.GCM.open(box, using: SymmetricKey(data: bytes))
        else { throw PlatformError.Invalidated }
        try? destroy(before: number)
        return key
    }

    /// None: a key that asks nobody would be as weak as ``SecurityLevel/software``.
    public func prf(input: Data) throws -> Data? { nil }

    /// Destroys every key of this service.
    public func delete() throws { try destroy(before: .max) }

    private func query(_ number: UInt64?) -> [String: Any] {
        var query: [String: Any] = [
            kSecClass as String: kSecClassGenericPassword,
            kSecAttrService as String: service,
            kSecUseDataProtectionKeychain as String: true,
        ]
        if let number { query[kSecAttrAccount as String] = String(number) }
        return query
    }

    /// The numbers of the keys that there are. Nobody is asked for that.
    private func numbers() throws(PlatformError) -> [UInt64] {
        var search = query(nil)
        search[kSecMatchLimit as String] = kSecMatchLimitAll
        search[kSecReturnAttributes as String] = true
        return try attributes(of: search).compactMap {
            ($0[kSecAttrAccount as String] as? String).flatMap(UInt64.init)
        }
    }

    private func destroy(before last: UInt64) throws(PlatformError) {
        for number in try numbers() where number < last {
            let status = SecItemDelete(query(number) as CFDictionary)
            if status != errSecItemNotFound { try asked(status) }
        }
    }
}

/// The attributes of every item that a search finds; none if there is none.
func attributes(of search: [String: Any]) throws(PlatformError) -> [[String: Any]] {
    var found: CFTypeRef?
    let status = SecItemCopyMatching(search as CFDictionary, &found)
    if status == errSecItemNotFound { return [] }
    try asked(status)
    guard let items = found as? [[String: Any]] else { throw .Unavailable }
    return items
}

/// What was wrapped, and the number of the key that did it: the first eight bytes.
func numbered(_ wrapped: Data) throws(PlatformError) -> (UInt64, Data) {
    guard wrapped.count > 8 else { throw .Invalidated }
    return (wrapped.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }, wrapped.dropFirst(8))
}

extension UInt64 {
    var bigEndianBytes: Data { Swift.withUnsafeBytes(of: bigEndian) { Data($0) } }
}
#endif
