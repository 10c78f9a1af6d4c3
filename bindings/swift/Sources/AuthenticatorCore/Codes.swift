/// What every account outside the trash shows at one moment, in no order. What nobody looks at is never
/// made an object of.
public struct Codes: RandomAccessCollection, Equatable, Sendable {
    /// As the library packs them, in ASCII.
    private let rows: [UInt8]

    init(packed: String) {
        rows = Array(packed.utf8)
    }

    /// 0.
    public var startIndex: Int { 0 }

    /// How many accounts there are.
    public var endIndex: Int { rows.count / CodeRow.size }

    /// What one of the accounts shows.
    public subscript(index: Int) -> Code { row(index).shown }

    /// By their accounts: to look up what belongs to each ``Item`` on the screen.
    public var byID: [Item.ID: Code] {
        Dictionary(map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The span of the wall clock in which all of them are the right ones, in milliseconds since 1970.
    ///
    /// - Parameter clockAhead: By how much the wall clock is ahead of the time of the codes.
    func span(clockAhead: Int64) -> (from: Int64, until: Int64) {
        var (from, until) = (Int64.min, Int64.max)
        for index in indices {
            let row = row(index)
            guard row.kind == .timed else { continue }
            from = Swift.max(from, row.validFrom.plus(clockAhead))
            until = Swift.min(until, row.validUntil.plus(clockAhead))
        }
        return (from, until)
    }

    private func row(_ index: Int) -> CodeRow {
        precondition(indices.contains(index), "There are \(count) codes")
        return CodeRow(characters: rows[index * CodeRow.size..<(index + 1) * CodeRow.size])
    }
}

extension Codes: CustomStringConvertible, CustomReflectable {
    /// How many there are, and no code.
    public var description: String { "Codes(count: \(count))" }

    /// Nothing of the codes.
    public var customMirror: Mirror { Mirror(self, children: ["count": count]) }
}

extension Int64 {
    /// The sum, or the last number there is on its side.
    fileprivate func plus(_ other: Int64) -> Int64 {
        let (sum, isTooFar) = addingReportingOverflow(other)
        return isTooFar ? (other < 0 ? .min : .max) : sum
    }
}
