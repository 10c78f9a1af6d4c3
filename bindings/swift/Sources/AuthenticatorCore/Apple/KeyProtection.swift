#if canImport(Security) && canImport(LocalAuthentication)
import Foundation
import LocalAuthentication
import Security

/// What a key in the Keychain or the Secure Enclave asks for before it opens anything.
///
/// Every one of them stays on this device: no backup and no other phone has it.
public enum KeyProtection: Sendable {
    /// Nothing, while the phone is unlocked.
    case unlockedDevice
    /// Nothing, while the phone is unlocked; gone for good once its passcode is removed.
    case passcodeSet
    /// A finger or a face that is enrolled now, each time; gone for good once another one is enrolled,
    /// or the passcode is removed.
    case currentBiometry
    /// A finger, a face or the passcode, each time; gone for good once the passcode is removed.
    case userPresence

    /// Which items of the Keychain have it where no prompt is asked for.
    var accessibility: CFString {
        switch self {
        case .unlockedDevice: kSecAttrAccessibleWhenUnlockedThisDeviceOnly
        case .passcodeSet, .currentBiometry, .userPresence: kSecAttrAccessibleWhenPasscodeSetThisDeviceOnly
        }
    }

    /// Whether a prompt comes before each use.
    var asksPerson: Bool {
        switch self {
        case .unlockedDevice, .passcodeSet: false
        case .currentBiometry, .userPresence: true
        }
    }

    /// - Parameter isKey: Whether it is for a private key rather than a password.
    func control(isKey: Bool) throws(PlatformError) -> SecAccessControl {
        var flags: SecAccessControlCreateFlags = isKey ? [.privateKeyUsage] : []
        switch self {
        case .unlockedDevice, .passcodeSet: break
        case .currentBiometry: flags.insert(.biometryCurrentSet)
        case .userPresence: flags.insert(.userPresence)
        }
        let control = SecAccessControlCreateWithFlags(nil, accessibility, flags, nil)
        guard let control else { throw .Unavailable }
        return control
    }

    /// What to add to a search that may prompt: the context that `prompt` gives.
    func authentication(_ prompt: (@Sendable () -> LAContext)?) -> [String: Any] {
        guard asksPerson, let prompt else { return [:] }
        return [kSecUseAuthenticationContext as String: prompt()]
    }
}
#endif
