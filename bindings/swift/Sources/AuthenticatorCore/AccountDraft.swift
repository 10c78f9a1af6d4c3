import AuthenticatorCoreBindings
import Foundation

/// An account that was read and is not kept yet: show what it is and its warnings, then give it to
/// ``Authenticator/add(_:keepDuplicate:)``. Its secret is overwritten when the draft goes.
public final class AccountDraft: Sendable {
    let object: AuthenticatorCoreBindings.AccountDraft

    init(_ object: AuthenticatorCoreBindings.AccountDraft) {
        self.object = object
    }

    /// Reads the text of a QR code, or a link that was opened: `otpauth`, `apple-otpauth`, `motp` or
    /// `steam`.
    ///
    /// - Throws: ``AuthenticatorError/invalidAccount(problem:)``, whose problem may name the app that the
    ///   text is meant for.
    public init(uri: SecretData) throws(AuthenticatorError) {
        object = try Authenticator.told {
            try uri.lend { try AuthenticatorCoreBindings.AccountDraft.fromUri(uri: $0) }
        }
    }

    /// A secret that a person typed, in base32 however grouped; in hexadecimal for mOTP.
    public init(
        typedSecret: SecretData,
        issuer: String,
        name: String,
        kind: AccountKind = .usual
    ) throws(AuthenticatorError) {
        object = try Authenticator.told {
            try typedSecret.lend {
                try AuthenticatorCoreBindings.AccountDraft.fromTypedSecret(
                    secret: $0, issuer: issuer, name: name, kind: kind)
            }
        }
    }

    /// Who issued the secret, if that is known.
    public var issuer: String? { object.issuer() }

    /// Whose account it is; may be empty.
    public var name: String { object.name() }

    /// How its codes are computed.
    public var kind: AccountKind { object.kind() }

    /// Where the issuer says that its picture is. Nothing is fetched.
    public var image: String? { object.image() }

    /// What was doubtful about it: show it before the account is kept.
    public var warnings: [AccountWarning] { object.warnings() }

    /// Whether its codes need a PIN of the account's own.
    public var needsPin: Bool { object.needsPin() }

    /// Keeps the PIN of an mOTP or Yandex account; an empty one is not kept.
    public func setPin(_ pin: SecretData) throws(AuthenticatorError) {
        try Authenticator.told { try pin.lend { try object.setPin(pin: $0) } }
    }

    /// Sets everything but secrets: all of the edits, or none.
    public func edit(_ edits: Edit...) throws(AuthenticatorError) {
        try Authenticator.told { try object.edit(edits: edits) }
    }

    /// One-time recovery codes of the service, one a line, white space around them left out.
    public func setRecoveryCodes(lines: SecretData) throws(AuthenticatorError) {
        try Authenticator.told { try lines.lend { try object.setRecoveryCodes(lines: $0) } }
    }
}

extension AccountKind {
    /// The usual kind: codes by the time, SHA-1, 6 digits, 30 seconds.
    public static var usual: AccountKind { usualAccountKind() }
}
