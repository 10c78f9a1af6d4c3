import AuthenticatorCore
import Foundation
import Testing

let pin = "482913"
let wrongPin = "482914"
let newPin = "739105"

/// The least that a PIN may cost.
let cost = PinCost(memoryKib: 19_456, passes: 2)

/// The secret of RFC 6238 and RFC 4226: "1234567890" twice.
let rfcSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

func secret(_ text: String) -> SecretData { SecretData(utf8: text) }

func draft(_ uri: String) throws -> AccountDraft { try AccountDraft(uri: secret(uri)) }

/// An account of its own for each name.
func totp(_ name: String, secret: String = rfcSecret) throws -> AccountDraft {
    try draft("otpauth://totp/Example:\(name)?secret=\(secret)&issuer=Example")
}

extension Authenticator {
    /// Adds an account that is not there yet.
    @discardableResult
    func addNew(_ draft: AccountDraft) throws -> Item.ID {
        guard case .added(let id) = try add(draft, keepDuplicate: true) else {
            throw Unexpected()
        }
        return id
    }
}

struct Unexpected: Error {}

extension SecretData {
    var text: String { withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
}

/// What `body` throws, if it is an error of the library.
func refusal(_ body: () throws -> Void) -> AuthenticatorError? {
    do {
        try body()
        return nil
    } catch {
        return error as? AuthenticatorError
    }
}

/// What `body` throws, if it is an error of the library.
func refusal(_ body: () async throws -> Void) async -> AuthenticatorError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? AuthenticatorError
    }
}
