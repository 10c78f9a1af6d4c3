import AuthenticatorCoreBindings
import Foundation

/// The accounts: listed, added, changed, used.
extension Authenticator {
    /// The accounts in their order, pinned ones first, without those in the trash.
    public func items() throws(AuthenticatorError) -> [Item] {
        try call { try $0.items(now: $1) }
    }

    /// The accounts in the trash.
    public func trash() throws(AuthenticatorError) -> [Item] {
        try call { try $0.trash(now: $1) }
    }

    /// One account, without its secret.
    public func item(_ id: Item.ID) throws(AuthenticatorError) -> Item {
        try call { try $0.item(id: id, now: $1) }
    }

    /// The accounts in which every word of the query occurs, in either case: in issuer, name, group, note
    /// or a label.
    public func search(_ query: String) throws(AuthenticatorError) -> [Item] {
        try call { try $0.search(query: query, now: $1) }
    }

    /// What every account outside the trash shows now, in no order: one call for a whole screen.
    /// ``codeUpdates(useCorrectedTime:sleeping:)`` gives them whenever they change.
    ///
    /// - Parameter useCorrectedTime: Whether to take the time of ``learnTime(_:)`` in place of the
    ///   device's wall clock.
    public func codes(useCorrectedTime: Bool = false) throws(AuthenticatorError) -> Codes {
        try call { Codes(packed: try $0.codes(useCorrectedTime: useCorrectedTime, now: $1)) }
    }

    /// The next code of an HOTP account. Its counter is durable before the code is known: no code is
    /// given twice, whatever crashes.
    public func nextHotpCode(_ id: Item.ID) throws(AuthenticatorError) -> CounterCode {
        try change { try $0.nextHotpCode(id: id, now: $1) }
    }

    /// Counts a use of an account: its code was copied, say.
    public func noteUse(_ id: Item.ID) throws(AuthenticatorError) {
        try call { try $0.noteUse(id: id, now: $1) }
    }

    /// The person's picture of an account.
    public func icon(_ id: Item.ID) throws(AuthenticatorError) -> Data? {
        try call { try $0.icon(id: id, now: $1) }
    }

    /// Adds an account.
    ///
    /// - Parameter keepDuplicate: Whether to add it also where it seems to be there already: ask the
    ///   person first.
    public func add(
        _ draft: AccountDraft,
        keepDuplicate: Bool = false
    ) throws(AuthenticatorError) -> AddOutcome {
        try change {
            AddOutcome(try $0.add(draft: draft.object, keepDuplicate: keepDuplicate, now: $1))
        }
    }

    /// Adds accounts in one change, which is undone at once; each has its own answer, in the order of the
    /// drafts.
    public func addAll(
        _ drafts: [AccountDraft],
        keepDuplicates: Bool = false
    ) throws(AuthenticatorError) -> [AddOutcome] {
        let drafts = drafts.map(\.object)
        return try change {
            try $0.addAll(drafts: drafts, keepDuplicates: keepDuplicates, now: $1)
                .map(AddOutcome.init)
        }
    }

    /// Changes an account: all of the edits, or none.
    public func edit(_ id: Item.ID, _ edits: Edit...) throws(AuthenticatorError) {
        try change { try $0.edit(id: id, edits: edits, now: $1) }
    }

    /// Moves an account to stand before another one, or at the end.
    public func move(_ id: Item.ID, before other: Item.ID?) throws(AuthenticatorError) {
        try change { try $0.moveBefore(id: id, before: other, now: $1) }
    }

    /// Puts accounts into the trash in one change, which is undone at once. One that is there already
    /// stays as it is.
    public func putInTrash(_ ids: [Item.ID]) throws(AuthenticatorError) {
        try change { try $0.putInTrash(ids: ids, now: $1) }
    }

    /// Takes accounts out of the trash in one change.
    public func takeFromTrash(_ ids: [Item.ID]) throws(AuthenticatorError) {
        try change { try $0.takeFromTrash(ids: ids, now: $1) }
    }

    /// Destroys accounts in the trash for good, with all that could bring them back. The person has to
    /// have proved presence of late.
    public func purge(_ ids: [Item.ID]) async throws {
        try await slowly { try $0.purge(ids: ids, now: $1) }
    }

    /// Whether there is a change of accounts to undo.
    public func canUndo() throws(AuthenticatorError) -> Bool {
        try call { try $0.canUndo(now: $1) }
    }

    /// Undoes the last change of accounts; done once more, it brings the change back. The counter of an
    /// HOTP account never goes back.
    public func undo() throws(AuthenticatorError) {
        try change { try $0.undo(now: $1) }
    }
}

/// What became of an account that was to be added.
public enum AddOutcome: Equatable, Hashable, Sendable {
    /// It is in the vault, under this id.
    case added(id: Item.ID)
    /// Nothing was added: this account has the same secret and parameters. Ask the person, and add it
    /// again if it is to be there twice.
    case sameAccount(id: Item.ID)
    /// Nothing was added: this account has the same issuer and name, and another secret. Ask the person,
    /// and add it again if both are to be there.
    case sameName(id: Item.ID)

    init(_ added: Added) {
        switch added {
        case .new(let id): self = .added(id: id)
        case .sameAccount(let id): self = .sameAccount(id: id)
        case .sameName(let id): self = .sameName(id: id)
        }
    }
}
