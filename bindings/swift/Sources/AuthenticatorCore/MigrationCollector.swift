import AuthenticatorCoreBindings
import Foundation

/// Collects the QR codes of an export from Google Authenticator, in any order.
public final class MigrationCollector: Sendable {
    private let object = AuthenticatorCoreBindings.MigrationCollector()

    /// Collects nothing yet.
    public init() {}

    /// Adds the text of one code; one that is there already changes nothing.
    public func add(_ link: SecretData) throws(AuthenticatorError) -> MigrationProgress {
        try Authenticator.told { try link.lend { try object.add(link: $0) } }
    }

    /// What was collected, in the order of the export; the collector is empty afterwards. What is missing
    /// is left out: look at the progress first.
    public func take() -> [MigrationEntry] {
        object.take().map(MigrationEntry.init)
    }
}

/// One account of an export, or why it is none: the others do not suffer from it.
public struct MigrationEntry: Sendable {
    /// What the entry calls itself, for a report; empty if not even that is readable. It is for no log.
    public let label: String

    /// The account, or why there is none.
    public let account: Result<AccountDraft, AuthenticatorError>

    init(_ entry: AuthenticatorCoreBindings.MigrationEntry) {
        label = entry.label
        if let draft = entry.draft {
            account = .success(AccountDraft(draft))
        } else {
            account = .failure(.invalidAccount(problem: entry.problem ?? .damaged))
        }
    }
}
