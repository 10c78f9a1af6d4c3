#if canImport(Security) && canImport(LocalAuthentication)
import Foundation
import LocalAuthentication
import Security

extension PlatformError {
    /// What a status of the Keychain means: for a ``KeyWrapper`` or ``RollbackGuard`` of your own, too.
    public init(keychainStatus status: OSStatus) {
        switch status {
        case errSecUserCanceled: self = .Cancelled
        case errSecItemNotFound: self = .Invalidated
        // Before the first unlock, with the phone locked, or with a prompt that may not be shown.
        default: self = .Unavailable
        }
    }

    /// What a failure of a key's operation means: an `LAError`, or a status of the Keychain.
    init(_ error: CFError) {
        self.init(domain: CFErrorGetDomain(error) as String, code: CFErrorGetCode(error))
    }

    /// As of a `CFError`.
    init(_ error: NSError) {
        self.init(domain: error.domain, code: error.code)
    }

    private init(domain: String, code: Int) {
        if domain == LAErrorDomain {
            self.init(localAuthenticationCode: code)
        } else if domain == NSOSStatusErrorDomain, let status = OSStatus(exactly: code) {
            self.init(keychainStatus: status)
        } else {
            self = .Unavailable
        }
    }

    /// What an `LAError`'s code means.
    public init(localAuthenticationCode code: Int) {
        switch LAError.Code(rawValue: code) {
        case .userCancel, .appCancel, .systemCancel, .userFallback: self = .Cancelled
        case .biometryLockout: self = .LockedOut
        case .biometryNotEnrolled, .biometryNotAvailable, .passcodeNotSet: self = .NotEnrolled
        default: self = .Unavailable
        }
    }
}

/// Asks the Keychain, and throws what it does not do.
func asked(_ status: OSStatus) throws(PlatformError) {
    guard status == errSecSuccess else { throw PlatformError(keychainStatus: status) }
}
#endif
