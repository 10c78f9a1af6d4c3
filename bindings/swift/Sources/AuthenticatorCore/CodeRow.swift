/// What one account shows, as the library packs it: the door's documentation of `codes` has the layout.
struct CodeRow: Equatable, Sendable {
    static let size = 56

    enum Kind: UInt8 {
        case unreadable, timed, counter, pinRequired
    }

    let bytes: ArraySlice<UInt8>

    var kind: Kind { Kind(rawValue: bytes[bytes.startIndex + 16]) ?? .unreadable }

    var id: String {
        String(unsafeUninitializedCapacity: 32) { digits in
            for (place, byte) in part(0, 16).enumerated() {
                digits[2 * place] = Self.digit(byte >> 4)
                digits[2 * place + 1] = Self.digit(byte & 15)
            }
            return 32
        }
    }

    var code: String { text(17) }

    var next: String? { part(27, 1).first == 0 ? nil : text(27) }

    var groups: [Int] { part(37, 3).filter { $0 != 0 }.map(Int.init) }

    var validFrom: Int64 { number(40) }

    var validUntil: Int64 { number(48) }

    var shown: Code {
        switch kind {
        case .timed: .timed(TimedCode(row: self))
        case .counter: .counter(id: id)
        case .pinRequired: .pinRequired(id: id)
        case .unreadable: .unreadable(id: id)
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private func text(_ start: Int) -> String {
        let all = part(start, 10)
        return String(decoding: all.prefix { $0 != 0 }, as: UTF8.self)
    }

    private func number(_ start: Int) -> Int64 {
        part(start, 8).reduce(0) { $0 << 8 | Int64($1) }
    }

    private func part(_ start: Int, _ count: Int) -> ArraySlice<UInt8> {
        bytes[bytes.startIndex + start..<bytes.startIndex + start + count]
    }
}
