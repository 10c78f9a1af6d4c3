import AuthenticatorCoreBindings
import AuthenticatorCoreFFI
import Foundation

/// A new secret for the platform's key store to wrap: the first half of a change of keys in which a prompt
/// comes between. It is good for one change. Where the person dismisses the prompt, let go of it: nothing
/// was changed.
public final class PlatformEnrolment: Sendable {
    let object: AuthenticatorCoreBindings.PlatformEnrolment

    init(_ object: AuthenticatorCoreBindings.PlatformEnrolment) {
        self.object = object
    }

    /// For a vault that is yet to be made.
    public static func forNewVault() throws(AuthenticatorError) -> PlatformEnrolment {
        try Authenticator.told {
            PlatformEnrolment(try AuthenticatorCoreBindings.PlatformEnrolment.forNewVault())
        }
    }

    /// The 32 bytes that the key store is to wrap.
    public func reveal() throws(AuthenticatorError) -> SecretData {
        try .received(
            from: object.uniffiCloneHandle(),
            uniffi_authenticator_core_ffi_fn_method_platformenrolment_reveal)
    }
}

/// What the platform's key store answered before a change of keys: the second half of one in which a prompt
/// comes between. It is good for one change.
public final class PlatformAnswers: Sendable {
    let object: AuthenticatorCoreBindings.PlatformAnswers

    /// - Parameters:
    ///   - enrolment: What ``Authenticator/beginPlatformEnrolment()`` gave, and what the key store wrapped
    ///     its secret to.
    ///   - unwrapped: What the key store unwrapped of what ``Authenticator/beginPinUnlock()`` gave; none
    ///     where that gave nothing.
    public init(
        enrolment: (PlatformEnrolment, wrapped: Data)? = nil,
        unwrapped: SecretData? = nil
    ) throws(AuthenticatorError) {
        let (begun, wrapped) = (enrolment?.0.object, enrolment?.wrapped ?? Data())
        object = try Authenticator.told {
            let answers = { unwrapped in
                try AuthenticatorCoreBindings.PlatformAnswers(
                    enrolment: begun, wrapped: wrapped, unwrapped: unwrapped)
            }
            return try unwrapped.map { try $0.lend(answers) } ?? answers(Data())
        }
    }
}
