import AuthenticatorCoreBindings
import AuthenticatorCoreFFI
import Foundation

/// A recovery key, to be shown once and written down. It opens the vault without platform and PIN.
public final class RecoveryKey: Sendable {
    let object: AuthenticatorCoreBindings.RecoveryKey

    init(_ object: AuthenticatorCoreBindings.RecoveryKey) {
        self.object = object
    }

    /// What a person typed: in either case, with any spaces and hyphens.
    public init(typed: SecretData) throws(AuthenticatorError) {
        object = try Authenticator.told {
            try typed.lend { try AuthenticatorCoreBindings.RecoveryKey.parse(typed: $0) }
        }
    }

    /// The key as it is written down: 14 groups of four characters, joined by hyphens. UTF-8.
    public func reveal() throws(AuthenticatorError) -> SecretData {
        try .received(
            from: object.uniffiCloneHandle(),
            uniffi_authenticator_core_ffi_fn_method_recoverykey_reveal)
    }
}
