import Foundation

extension Date {
    /// A time of the core's: milliseconds since 1970.
    init(millis: Int64) {
        self.init(timeIntervalSince1970: TimeInterval(millis) / 1000)
    }
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
