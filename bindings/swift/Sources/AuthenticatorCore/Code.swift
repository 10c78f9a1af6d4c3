import Foundation

/// What an account shows at one moment.
public enum Code: Equatable, Identifiable, Sendable {
    /// A code by the time.
    case timed(TimedCode)
    /// Codes go by a counter: call ``Authenticator/nextHotpCode(_:)`` when one is needed.
    case counter(id: Item.ID)
    /// The account's own PIN is not kept, so that there is no code.
    case pinRequired(id: Item.ID)
    /// The account cannot be read from the vault now.
    case unreadable(id: Item.ID)

    /// The account's id, as ``Item`` has it.
    public var id: Item.ID {
        switch self {
        case .timed(let code): code.id
        case .counter(let id), .pinRequired(let id), .unreadable(let id): id
        }
    }

    /// The code as it is shown, in groups with a space between: `123 456`; none where there is none.
    public var groupedCode: String? {
        guard case .timed(let code) = self else { return nil }
        return code.grouped
    }

    /// When the code changes; none where there is none.
    public var validUntil: Date? {
        guard case .timed(let code) = self else { return nil }
        return code.validUntil
    }
}

/// A code by the time. It is a secret for as long as it lives: it is for the screen, and what this prints
/// has none.
public struct TimedCode: Equatable, Identifiable, Sendable {
    let row: CodeRow

    /// The account's id, as ``Item`` has it.
    public var id: Item.ID { row.id }
    /// The code, as it is typed.
    public var text: String { row.code }
    /// The one that follows; none only at the end of time.
    public var next: String? { row.next }
    /// The lengths of the groups that it is shown in, left to right: 3 and 3.
    public var groups: [Int] { row.groups }
    /// Since when it is valid.
    public var validFrom: Date { Date(millis: row.validFrom) }
    /// When it is over, and the next one begins.
    public var validUntil: Date { Date(millis: row.validUntil) }

    /// The code as it is shown, in groups with a space between: `123 456`.
    public var grouped: String { AuthenticatorCore.grouped(text, groups) }

    /// The next code in the same groups.
    public var groupedNext: String? { next.map { AuthenticatorCore.grouped($0, groups) } }
}

extension TimedCode: CustomStringConvertible, CustomReflectable {
    /// The account's id and until when, and no code.
    public var description: String { "TimedCode(id: \(id), validUntil: \(validUntil))" }

    /// The account's id and until when, and no code.
    public var customMirror: Mirror {
        Mirror(self, children: ["id": id, "validUntil": validUntil])
    }
}

extension CounterCode {
    /// The code as it is shown, in groups with a space between: `123 456`.
    public var groupedCode: String { grouped(code, groups.map(Int.init)) }
}

private func grouped(_ code: String, _ groups: [Int]) -> String {
    var rest = Substring(code)
    let parts = groups.map { length in
        defer { rest = rest.dropFirst(length) }
        return String(rest.prefix(length))
    }
    return parts.joined(separator: " ")
}
