/// What one account shows, as the library packs it: the door's documentation of `codes` has the layout.
struct CodeRow: Equatable, Sendable {
    static let size = 94

    /// By the digit that says it.
    enum Kind: UInt8 {
        case unreadable = 48
        case timed, counter, pinRequired
    }

    /// ASCII.
    let characters: ArraySlice<UInt8>

    var kind: Kind { Kind(rawValue: characters[characters.startIndex + 32]) ?? .unreadable }

    var id: String { text(0, 32) }

    var code: String { text(33, 10) }

    var next: String? { text(43, 10).isEmpty ? nil : text(43, 10) }

    var groups: [Int] { part(53, 3).filter { $0 != Self.space }.map { Int($0 - Self.zero) } }

    var validFrom: Int64 { number(56) }

    var validUntil: Int64 { number(75) }

    var shown: Code {
        switch kind {
        case .timed: .timed(TimedCode(row: self))
        case .counter: .counter(id: id)
        case .pinRequired: .pinRequired(id: id)
        case .unreadable: .unreadable(id: id)
        }
    }

    private static let space = UInt8(ascii: " ")
    private static let zero = UInt8(ascii: "0")

    private func text(_ start: Int, _ count: Int) -> String {
        String(decoding: part(start, count).prefix { $0 != Self.space }, as: UTF8.self)
    }

    private func number(_ start: Int) -> Int64 {
        part(start, 19).reduce(0) { $0 * 10 + Int64($1 - Self.zero) }
    }

    private func part(_ start: Int, _ count: Int) -> ArraySlice<UInt8> {
        characters[characters.startIndex + start..<characters.startIndex + start + count]
    }
}
