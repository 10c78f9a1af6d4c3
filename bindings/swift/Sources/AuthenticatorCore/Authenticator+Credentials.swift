import AuthenticatorCoreBindings
import AuthenticatorCoreFFI
import Foundation

/// The accounts that this phone approves for, from their enrolment to their end.
///
/// An enrolment goes on by events of ``Authenticator/carry(with:)``: ``Authenticator/beginEnrolment(_:)``, then
/// `enrolmentToConfirm`, after which the person is asked and
/// ``Authenticator/confirmEnrolment(_:device:pin:)`` makes the keys; then `pairingCode`, which the person types
/// into the page; then the service asks for a first approval, as a test, after which comes `activated`.
///
/// What is called here is sent by the next ``Authenticator/carry(with:)``. All of it needs the vault unlocked,
/// and runs on the executor, one call at a time.
extension Authenticator {
    /// Begins to enrol this phone with what was scanned or opened. Nothing is confirmed yet.
    ///
    /// - Returns: The enrolment's id, which the credential will have too.
    /// - Throws: ``AuthenticatorError/notBelieved(refusal:)`` if it is no such link, or is over.
    public func beginEnrolment(_ link: SecretData) async throws -> String {
        try await approving { handle, now in
            try link.lend { try handle.beginEnrolment(link: $0, now: now) }
        }
    }

    /// Makes the keys and the enrolment message, once the person has confirmed origin and account.
    ///
    /// - Parameter pin: The new approval PIN, if there is one: not the vault's.
    public func confirmEnrolment(
        _ id: String, device: DeviceDescription, pin: SecretData? = nil
    ) async throws {
        try await approving { handle, now in
            let confirm = { pin in
                try handle.confirmEnrolment(id: id, device: device, pin: pin, now: now)
            }
            try pin.map { try $0.lend(confirm) } ?? confirm(Data())
        }
    }

    /// Gives an enrolment up, at any stage before it is active; keys that were made are deleted. Where the
    /// test was approved, and no receipt has come, it may be active at the service: have the person remove
    /// it on the service's page.
    public func cancelEnrolment(_ id: String) async throws {
        try await approving { try $0.cancelEnrolment(id: id, now: $1) }
    }

    /// Enrolments that the service has made no offer for yet.
    public func enrolments() async throws -> [ApprovalEnrolment] {
        try await slowly { try $0.enrolments(now: $1) }
    }

    /// The credentials of this phone, also those that are still enrolled, and those that are over.
    public func credentials() async throws -> [ApprovalCredential] {
        try await slowly { try $0.credentials(now: $1) }
    }

    /// What a notification service extension needs in order to show what a push of this credential says,
    /// without the vault. Make it anew after every ``carry(with:)``.
    public func previewKey(_ credential: String) async throws -> PreviewKey {
        PreviewKey(try await slowly { try $0.previewKey(id: credential, now: $1) })
    }

    /// Has the service send pushes elsewhere from now on; none: nowhere.
    public func changePush(_ credential: String, to target: PushTarget?) async throws {
        try await approving { try $0.changePush(id: credential, target: target, now: $1) }
    }

    /// Ends a credential. This phone's keys stay until the service has said that it is done.
    ///
    /// - Parameter otherDevice: Another of the account's devices, by its id in
    ///   ``accountDevices(_:with:)``, in place of this phone.
    public func removeCredential(
        _ credential: String, because reason: RevocationReason = .removed, otherDevice: String? = nil
    ) async throws {
        try await approving {
            try $0.removeCredential(
                id: credential, otherDevice: otherDevice, reason: reason, now: $1)
        }
    }

    /// Forgets a credential that the service has ended, or does not know any more. The history stays.
    public func forgetCredential(_ credential: String) async throws {
        try await approving { try $0.forgetCredential(id: credential, now: $1) }
    }

    /// Changes the approval PIN. Which of the two counts, the service says: `pinChange`.
    public func changeApprovalPin(
        _ credential: String, from old: SecretData, to new: SecretData
    ) async throws {
        try await approving { handle, now in
            try old.lend { old in
                try new.lend {
                    try handle.changeApprovalPin(id: credential, old: old, new: $0, now: now)
                }
            }
        }
    }

    /// Checks whether an approval PIN may be a new one, before it is asked for a second time. Have the person
    /// choose another than the vault's.
    ///
    /// - Throws: ``AuthenticatorError/invalidPin(problem:)``.
    public static func checkNewApprovalPin(_ pin: SecretData) throws(AuthenticatorError) {
        try told { try pin.lend { try AuthenticatorCoreBindings.checkNewApprovalPin(pin: $0) } }
    }
}

extension EnrolmentLink {
    /// Reads a link that may ask to enrol this phone, `approval://enrol` or one of the app's own; none if it
    /// is something else. Show origin and account: nothing in it is proved.
    ///
    /// - Throws: ``AuthenticatorError/notBelieved(refusal:)`` if it is such a link, and of no use.
    public init?(_ text: SecretData) throws(AuthenticatorError) {
        do {
            self = try Authenticator.told { try text.lend { try parseEnrolmentLink(link: $0) } }
        } catch .notBelieved(.wrongType) {
            return nil
        }
    }
}

/// What a notification service extension needs in order to open and verify what a push brought, and nothing
/// else: neither a device key nor an account's secret.
///
/// ```swift
/// // In the extension: what the app kept in their access group.
/// let preview = try PreviewKey(bytes).preview(push)
/// content.title = preview.service
/// ```
public final class PreviewKey: Sendable {
    private let object: AuthenticatorCoreBindings.PreviewKey

    init(_ object: AuthenticatorCoreBindings.PreviewKey) {
        self.object = object
    }

    /// What ``reveal()`` gave.
    public convenience init(_ bytes: SecretData) throws(AuthenticatorError) {
        self.init(
            try Authenticator.told {
                try bytes.lend { try AuthenticatorCoreBindings.PreviewKey.fromBytes(bytes: $0) }
            })
    }

    /// What is to be kept of it, where only the app and its extension read it: a Keychain access group.
    public func reveal() throws(AuthenticatorError) -> SecretData {
        try .received(
            from: object.uniffiCloneHandle(), uniffi_authenticator_core_ffi_fn_method_previewkey_reveal)
    }

    /// What a push brought, opened and verified: what a notification may say. Decide on nothing by it.
    ///
    /// - Throws: An ``AuthenticatorError``: the notification keeps its general text. The push may be another
    ///   credential's.
    public func preview(_ push: String, at time: Date = Date()) throws(AuthenticatorError) -> ApprovalPreview {
        try Authenticator.told {
            try object.preview(push: push, wallMillis: Int64(time.timeIntervalSince1970 * 1000))
        }
    }
}
