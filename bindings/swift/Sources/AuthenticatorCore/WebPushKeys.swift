import AuthenticatorCoreBindings
import AuthenticatorCoreFFI
import Foundation

/// The keys of a Web Push subscription (RFC 8291), where the app is what opens its payloads.
///
/// Make one for each credential, so that services cannot tell from it that they share a phone, and keep its bytes
/// where those of the ``PreviewKey`` are: a push comes while the vault is locked.
public final class WebPushKeys: Sendable {
    private let object: AuthenticatorCoreBindings.WebPushKeys

    /// Random ones.
    public init() throws(AuthenticatorError) {
        object = try Authenticator.told { try AuthenticatorCoreBindings.WebPushKeys.make() }
    }

    /// What ``reveal()`` gave.
    public init(_ bytes: SecretData) throws(AuthenticatorError) {
        object = try Authenticator.told {
            try bytes.lend { try AuthenticatorCoreBindings.WebPushKeys.fromBytes(bytes: $0) }
        }
    }

    /// What is to be kept of them.
    public func reveal() throws(AuthenticatorError) -> SecretData {
        try .received(
            from: object.uniffiCloneHandle(), uniffi_authenticator_core_ffi_fn_method_webpushkeys_reveal)
    }

    /// Where the service is to send pushes, for the enrolment or ``Authenticator/changePush(_:to:)``.
    ///
    /// - Parameter endpoint: The address that the push service gave.
    public func target(endpoint: String) -> PushTarget { object.target(endpoint: endpoint) }

    /// What the payload of a push is: the text for ``Authenticator/takePush(_:)`` and
    /// ``PreviewKey/preview(_:at:)``.
    ///
    /// - Throws: ``AuthenticatorError/notBelieved(refusal:)``.
    public func open(_ payload: Data) throws(AuthenticatorError) -> String {
        try Authenticator.told { try object.open(payload: payload) }
    }
}
