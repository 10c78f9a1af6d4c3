import AuthenticatorCoreBindings
import AuthenticatorCoreFFI
import Foundation

/// What goes out with its secret, because a person asked for it and proved to be there.
extension Authenticator {
    /// Lends an account with its secret, to be shown or written elsewhere: it is overwritten when `body`
    /// returns, and so is what its calls gave once that is let go. The person has to have proved presence
    /// of late.
    public func withRevealed<R>(
        _ id: Item.ID,
        _ body: (borrowing RevealedAccount) throws -> R
    ) throws -> R {
        let account = RevealedAccount(try call { try $0.reveal(id: id, now: $1) })
        return try body(account)
    }

    /// The codes that bring accounts into Google Authenticator, ten in each. The person has to have proved
    /// presence of late.
    public func exportMigration(_ ids: [Item.ID]) async throws -> MigrationExport {
        try await slowly { MigrationExport(try $0.exportMigration(ids: ids, now: $1)) }
    }

    /// Keeps the PIN of an mOTP or Yandex account; an empty one is kept no longer.
    public func setAccountPin(_ id: Item.ID, _ pin: SecretData) throws(AuthenticatorError) {
        try change { handle, now in
            try pin.lend { try handle.setAccountPin(id: id, pin: $0, now: now) }
        }
    }

    /// Sets all recovery codes of an account, one a line, at most 64 of at most 128 bytes; none is used up.
    public func setRecoveryCodes(_ id: Item.ID, lines: SecretData) throws(AuthenticatorError) {
        try call { handle, now in
            try lines.lend { try handle.setRecoveryCodes(id: id, lines: $0, now: now) }
        }
    }

    /// Notes that the recovery code at a place counted from 0 was used up, or was not. The person has to
    /// have proved presence of late. A place beyond the last gives ``AuthenticatorError/entryNotFound``.
    public func markRecoveryCode(
        _ id: Item.ID,
        at index: Int,
        isUsed: Bool
    ) throws(AuthenticatorError) {
        try call {
            try $0.markRecoveryCode(
                id: id, index: UInt32(clamping: index), isUsed: isUsed, now: $1)
        }
    }
}

/// An account with its secret, for as long as ``Authenticator/withRevealed(_:_:)`` lends it.
public struct RevealedAccount: ~Copyable {
    private let object: AuthenticatorCoreBindings.RevealedAccount

    init(_ object: AuthenticatorCoreBindings.RevealedAccount) {
        self.object = object
    }

    /// Who issued the secret, if that is known.
    public var issuer: String? { object.issuer() }

    /// Whose account it is.
    public var name: String { object.name() }

    /// How its codes are computed.
    public var kind: AccountKind { object.kind() }

    /// The secret as it is typed elsewhere: base32, hexadecimal for mOTP. UTF-8.
    public func secret() throws(AuthenticatorError) -> SecretData {
        try .received(
            from: object.uniffiCloneHandle(),
            uniffi_authenticator_core_ffi_fn_method_revealedaccount_secret)
    }

    /// The URI with the secret, for another authenticator. A PIN is no part of it. UTF-8.
    public func uri() throws(AuthenticatorError) -> SecretData {
        try .received(
            from: object.uniffiCloneHandle(),
            uniffi_authenticator_core_ffi_fn_method_revealedaccount_uri)
    }

    /// A QR code of the URI.
    public func qrCode() throws(AuthenticatorError) -> QrCode {
        try Authenticator.told { QrCode(try object.qrCode()) }
    }

    /// The account's own PIN, if it is kept. UTF-8.
    public func pin() throws(AuthenticatorError) -> SecretData? {
        try .receivedIfAny(
            from: object.uniffiCloneHandle(),
            uniffi_authenticator_core_ffi_fn_method_revealedaccount_pin)
    }

    /// How many recovery codes it has.
    public var recoveryCodeCount: Int { Int(object.recoveryCodeCount()) }

    /// The recovery code at a place counted from 0, UTF-8; none beyond the last.
    public func recoveryCode(at index: Int) throws(AuthenticatorError) -> SecretData? {
        try .receivedIfAny(from: object.uniffiCloneHandle()) {
            uniffi_authenticator_core_ffi_fn_method_revealedaccount_recovery_code(
                $0, UInt32(clamping: index), $1)
        }
    }

    /// Whether the recovery code at a place was used up.
    public func isRecoveryCodeUsed(at index: Int) -> Bool {
        object.isRecoveryCodeUsed(index: UInt32(clamping: index))
    }
}

/// Accounts on their way into Google Authenticator, or any app that reads its codes.
public struct MigrationExport: Sendable {
    /// The codes, to be shown one after the other and scanned in any order.
    public let codes: [QrCode]

    /// The accounts that the format cannot say. They stay behind, unchanged: tell the person.
    public let refused: [RefusedExport]

    init(_ export: AuthenticatorCoreBindings.MigrationExport) {
        codes = export.codes.map(QrCode.init)
        refused = export.refused
    }
}
