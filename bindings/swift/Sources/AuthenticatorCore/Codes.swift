import Foundation

/// What every account outside the trash shows at one moment, in no order. What nobody looks at is never
/// turned into text.
public struct Codes: RandomAccessCollection, Equatable, Sendable {
    /// As the library packs them.
    private let rows: [UInt8]

    init(packed: Data) {
        rows = [UInt8](packed)
    }

    /// 0.
    public var startIndex: Int { 0 }

    /// How many accounts there are.
    public var endIndex: Int { rows.count / Row.size }

    /// What one of the accounts shows.
    public subscript(index: Int) -> Code { row(index).code }

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
            from = Swift.max(from, row.validFrom.addingReportingOverflow(clockAhead).partialValue)
            until = Swift.min(until, row.validUntil.addingReportingOverflow(clockAhead).partialValue)
        }
        return (from, until)
    }

    private func row(_ index: Int) -> Row {
        precondition(indices.contains(index), "There are \(count) codes")
        return Row(bytes: rows[index * Row.size..<(index + 1) * Row.size])
    }
}

extension Codes: CustomStringConvertible, CustomReflectable {
    /// How many there are, and no code.
    public var description: String { "Codes(count: \(count))" }

    /// Nothing of the codes.
    public var customMirror: Mirror { Mirror(self, children: ["count": count]) }
}

/// What one account shows: the door's documentation of `codes` has the layout.
private struct Row {
    static let size = 56

    enum Kind: UInt8 {
        case unreadable, timed, counter, pinRequired
    }

    let bytes: ArraySlice<UInt8>

    var kind: Kind { Kind(rawValue: bytes[bytes.startIndex + 16]) ?? .unreadable }

    var validFrom: Int64 { number(40) }

    var validUntil: Int64 { number(48) }

    var code: Code {
        switch kind {
        case .timed:
            .timed(
                TimedCode(
                    id: id, text: text(17), next: part(27, 10).first == 0 ? nil : text(27),
                    groups: part(37, 3).filter { $0 != 0 }.map(Int.init),
                    validFrom: Date(millis: validFrom), validUntil: Date(millis: validUntil)))
        case .counter: .counter(id: id)
        case .pinRequired: .pinRequired(id: id)
        case .unreadable: .unreadable(id: id)
        }
    }

    private var id: String {
        String(unsafeUninitializedCapacity: 32) { digits in
            for (place, byte) in part(0, 16).enumerated() {
                digits[2 * place] = Self.digit(byte >> 4)
                digits[2 * place + 1] = Self.digit(byte & 15)
            }
            return 32
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private func text(_ start: Int) -> String {
        String(decoding: part(start, 10).prefix { $0 != 0 }, as: UTF8.self)
    }

    private func number(_ start: Int) -> Int64 {
        part(start, 8).reduce(0) { $0 << 8 | Int64($1) }
    }

    private func part(_ start: Int, _ count: Int) -> ArraySlice<UInt8> {
        bytes[bytes.startIndex + start..<bytes.startIndex + start + count]
    }
}
