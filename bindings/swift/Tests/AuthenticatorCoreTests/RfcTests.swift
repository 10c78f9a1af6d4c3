import AuthenticatorCore
import Foundation
import Testing

/// Codes at fixed times are those of the RFCs.
@Suite struct RfcTests {
    /// RFC 6238, appendix B: the seed is "1234567890" repeated to the length of the hash.
    static let rfc6238: [(seconds: Int64, codes: [String])] = [
        (59, ["94287082", "46119246", "90693936"]),
        (1_111_111_109, ["07081804", "68084774", "25091201"]),
        (1_111_111_111, ["14050471", "67062674", "99943326"]),
        (1_234_567_890, ["89005924", "91819424", "93441116"]),
        (2_000_000_000, ["69279037", "90698825", "38618901"]),
        (20_000_000_000, ["65353130", "77737706", "47863826"]),
    ]

    /// RFC 4226, appendix D.
    static let rfc4226 = [
        "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
    ]

    @Test(arguments: rfc6238)
    func codesByTheTime(seconds: Int64, codes: [String]) async throws {
        let authenticator = try await Phone(seconds: seconds).create()
        for (hash, length, code) in [("SHA1", 20, codes[0]), ("SHA256", 32, codes[1]), ("SHA512", 64, codes[2])] {
            let seed = base32((0..<length).map { UInt8(ascii: "0") + UInt8(($0 + 1) % 10) })
            let uri = "otpauth://totp/Example:\(hash)?secret=\(seed)&digits=8&algorithm=\(hash)"
            let id = try authenticator.addNew(draft(uri))

            let shown = try #require(try authenticator.codes().first { $0.id == id })

            guard case .timed(let given) = shown else { throw Unexpected() }
            let begin = Date(timeIntervalSince1970: TimeInterval(seconds / 30 * 30))
            #expect(given.text == code && given.groups == [4, 4])
            #expect(given.next?.count == 8 && given.next != code)
            #expect(given.validFrom == begin && given.validUntil == begin + 30)
            #expect(try authenticator.codes().byID[id] == shown)
            #expect(!"\(shown)".contains(code) && !String(reflecting: shown).contains(code))
        }
    }

    @Test func codesByACounter() async throws {
        let authenticator = try await Phone().create()
        let uri = "otpauth://hotp/Example:alice?secret=\(rfcSecret)&counter=0"
        let id = try authenticator.addNew(draft(uri))

        #expect(Array(try authenticator.codes()) == [.counter(id: id)])
        #expect(try (0..<10).map { _ in try authenticator.nextHotpCode(id).code } == Self.rfc4226)
    }

    @Test func aCodeWaitsForThePinOfItsAccount() async throws {
        let authenticator = try await Phone().create()
        let id = try authenticator.addNew(draft("motp://Example:carol?secret=7ac61d4736f51a2b"))
        #expect(Array(try authenticator.codes()) == [.pinRequired(id: id)])

        try authenticator.setAccountPin(id, secret("1234"))

        #expect(try authenticator.codes().first?.validUntil != nil)
    }
}

private func base32(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    var (bits, count, text) = (0, 0, "")
    for byte in bytes {
        (bits, count) = (bits << 8 | Int(byte), count + 8)
        while count >= 5 {
            count -= 5
            text.append(alphabet[bits >> count & 31])
        }
    }
    if count > 0 { text.append(alphabet[bits << (5 - count) & 31]) }
    return text
}
