#if os(Linux)
import Foundation
import Testing

/// After lock and close, nothing of what went in as bytes, or came out as such, is left in the memory of
/// the process: its heaps, the stacks of all threads, everything that it can write to.
@Suite struct MemoryTests {
    private static let pin = "70914826"
    private static let uri = "otpauth://totp/Example:alice?secret=MZXW6YTBOI5DINJVGY3TQOJQGEZDGNBV&issuer=Example"
    private static let (approvalPin, laterApprovalPin) = ("Kx7vQm2TzB9w", "Hs4nRd8YpC3f")
    private static let given: [String: String] = [
        "pin": pin, "wrong": "58204617", "uri": uri, "codes": "recover-31415\nrecover-92653",
        "typed": "KRUGKIDROVUWG2ZAMJZG653OEBTG66BA", "motp": "motp://Example:carol?secret=7ac61d4736f51a2b",
        "accountPin": "85739146", "approvalPin": approvalPin, "laterApprovalPin": laterApprovalPin,
    ]

    /// What to search for beside what was given: pieces of it, in the forms that it takes.
    private static let pieces = [
        "base32 of the link": "MZXW6YTBOI5DINJVGY3TQOJQGEZDGNBV", "hexadecimal digits": "7ac61d4736f51a2b",
        "recovery code": "recover-92653", "bytes of the typed secret": "The quick brown fox ",
        "bytes of the link's secret": "foobar:4556789012345",
        "PIN": pin, "wrong PIN": "58204617", "account's PIN": "85739146",
        "approval PIN": approvalPin, "later approval PIN": laterApprovalPin, "typed base32": "KRUGKIDROVUWG2ZAMJZG653OEBTG66BA",
    ]

    @Test func nothingIsLeftAfterLockAndClose() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let subject = try Subject(arguments: [folder.appendingPathComponent("vault").path])
        defer { subject.end() }
        for (name, secret) in Self.given { try subject.say("\(name) \(masked(secret))") }
        try subject.say("")

        let site = try Site()
        var unlocked = try subject.hear().split(separator: " ")
        while unlocked.first == "page" {
            let code: KeyValuePairs = unlocked.count > 2 ? ["code": String(unlocked[2])] : [:]
            try subject.say(try site.page(String(unlocked[1]), code))
            unlocked = try subject.hear().split(separator: " ")
        }
        try #require(unlocked.first == "unlocked" && unlocked.count == 3)
        var needles = Self.pieces.mapValues { Array($0.utf8) }
        needles["platform's secret"] = unmasked(unlocked[1])
        needles["recovery key"] = unmasked(unlocked[2])
        // A search that finds nothing here would find nothing anywhere.
        let before = try subject.search(for: needles)
        #expect(before["platform's secret", default: 0] > 0 && before["recovery key", default: 0] > 0)

        try subject.say("")
        try #require(try subject.hear() == "closed")
        let left = try subject.search(for: needles)

        #expect(left == [:])
    }

    @Test func whatLiesOpenIsFound() throws {
        let secret = SearchedProcess.mask(Array("7C1F-needle-of-this-test".utf8))
        let open = secret.map { $0 ^ SearchedProcess.masking }
        let found = try SearchedProcess(id: getpid()).search(for: ["needle": open])
        withExtendedLifetime(open) { #expect(found["needle", default: 0] > 0) }
    }
}

private func masked(_ text: String) -> String {
    SearchedProcess.mask(Array(text.utf8)).map { String(format: "%02x", $0) }.joined()
}

private func unmasked(_ digits: Substring) -> [UInt8] {
    let digits = Array(digits.utf8)
    let bytes = stride(from: 0, to: digits.count, by: 2).map {
        UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)!
    }
    return SearchedProcess.mask(bytes)
}
#endif
