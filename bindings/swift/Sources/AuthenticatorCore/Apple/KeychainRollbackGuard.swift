#if canImport(Security) && canImport(LocalAuthentication)
import Foundation
import Security

/// The memory outside the vault's file, in the Keychain: it stays on this device, and no backup that is
/// put back brings an older one.
///
/// An item of the Keychain outlives the app. That is meant: tries of a PIN that were used stay used when the
/// app is installed anew and an old file is put back. A new vault has an identifier of its own, so that
/// what was kept of a former one does it no harm.
public final class KeychainRollbackGuard: RollbackGuard {
    private let service: String

    /// - Parameter service: What the items are filed under; vaults may share one.
    public init(service: String) {
        self.service = service
    }

    /// What was kept; none only if nothing ever was. It is ``PlatformError/Unavailable`` before the first
    /// unlock after a start.
    public func read(vaultId: String) throws -> Data? {
        var search = query(vaultId)
        search[kSecReturnData as String] = true
        var found: CFTypeRef?
        let status = SecItemCopyMatching(search as CFDictionary, &found)
        if status == errSecItemNotFound { return nil }
        guard status == errSecSuccess, let state = found as? Data else {
            throw PlatformError.Unavailable
        }
        return state
    }

    /// Keeps it in one step: there is no moment in which nothing is there.
    public func replace(vaultId: String, state: Data) throws {
        let new: [String: Any] = [kSecValueData as String: state]
        var status = SecItemUpdate(query(vaultId) as CFDictionary, new as CFDictionary)
        if status == errSecItemNotFound {
            var item = query(vaultId).merging(new) { _, new in new }
            item[kSecAttrAccessible as String] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
            status = SecItemAdd(item as CFDictionary, nil)
            // Another process of the app was faster.
            if status == errSecDuplicateItem {
                status = SecItemUpdate(query(vaultId) as CFDictionary, new as CFDictionary)
            }
        }
        guard status == errSecSuccess else { throw PlatformError.Unavailable }
    }

    private func query(_ vaultId: String) -> [String: Any] {
        [
            kSecClass as String: kSecClassGenericPassword,
            kSecAttrService as String: service,
            kSecAttrAccount as String: vaultId,
            kSecAttrSynchronizable as String: false,
            kSecUseDataProtectionKeychain as String: true,
        ]
    }
}
#endif
