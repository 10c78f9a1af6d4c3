import Foundation

extension Date {
    /// A time of the core's: milliseconds since 1970.
    init(millis: Int64) {
        self.init(timeIntervalSince1970: TimeInterval(millis) / 1000)
    }
}

extension CodeState: Identifiable {
    /// The account's id, as ``Item`` has it.
    public var id: String {
        switch self {
        case .timed(let id, _, _, _, _, _), .counter(let id), .pinRequired(let id), .unreadable(let id): id
        }
    }

    /// The code as it is shown, in groups with a space between: `123 456`; none where there is none.
    public var groupedCode: String? {
        guard case .timed(_, let code, _, let groups, _, _) = self else { return nil }
        return grouped(code, groups)
    }

    /// When the code changes; none where there is none.
    public var validUntil: Date? {
        guard case .timed(_, _, _, _, _, let until) = self else { return nil }
        return Date(millis: until)
    }
}

extension CounterCode {
    /// The code as it is shown, in groups with a space between: `123 456`.
    public var groupedCode: String { grouped(code, groups) }
}

/// What a view shows of an account: `ForEach(items)` needs no `id:`.
extension Item: Identifiable {
    /// When it was added.
    public var created: Date { Date(millis: createdMillis) }

    /// When it was put into the trash.
    public var trashed: Date? { trashedMillis.map { Date(millis: $0) } }

    /// When it was used last.
    public var lastUsed: Date? { lastUsedMillis.map { Date(millis: $0) } }
}

extension PinTries {
    /// When the next try is possible by the wall clock, if nobody sets it; none if at once.
    public var waitUntil: Date? { waitMillis > 0 ? Date(millis: waitUntilMillis) : nil }
}

private func grouped(_ code: String, _ groups: [Int32]) -> String {
    var rest = Substring(code)
    let parts = groups.map { length in
        defer { rest = rest.dropFirst(Int(length)) }
        return String(rest.prefix(Int(length)))
    }
    return parts.joined(separator: " ")
}
