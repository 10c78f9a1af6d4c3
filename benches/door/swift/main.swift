// Measures what an app pays for the codes on its screen, and prints a line of JSON for each thing.

import AuthenticatorCore
import DoorBaseline
import Foundation

/// A key store that keeps nothing from anybody.
final class MemoryKey: KeyWrapper {
    func securityLevel() throws -> SecurityLevel { .software }
    func wrap(key: Data) throws -> Data { Data(key.map { $0 ^ 0x5a }) }
    func unwrap(wrapped: Data) throws -> Data { try wrap(key: wrapped) }
    func prf(input: Data) throws -> Data? { nil }
    func delete() throws {}
}

final class MemoryGuard: RollbackGuard, @unchecked Sendable {
    // Unchecked: under the lock.
    private let lock = NSLock()
    private var kept: [String: Data] = [:]

    func read(vaultId: String) throws -> Data? { lock.withLock { kept[vaultId] } }
    func replace(vaultId: String, state: Data) throws { lock.withLock { kept[vaultId] = state } }
}

/// A phone's clock that goes on by a second with each look, as between two ticks of a screen.
final class Ticking: DeviceClock, @unchecked Sendable {
    // Unchecked: one thread measures.
    private(set) var seconds: Int64 = 1_750_000_000

    func now() throws -> Moment {
        seconds += 1
        return Moment(wallMillis: seconds * 1000, monotonicMillis: seconds, bootId: Data(count: 16))
    }
}

func entry(_ number: Int) -> Entry {
    // Three digits of base32, so that no two secrets are one.
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    let digits = [10, 5, 0].map { alphabet[number >> $0 & 31] }
    let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQ" + String(digits)
    let name = "person\(number)@example.com"
    let uri = "otpauth://totp/Service%20\(number):\(name)?secret=\(secret)&issuer=Service%20\(number)"
    let id = String(repeating: "0", count: 32 - "\(number)".count) + "\(number)"
    return Entry(
        id: id, name: name, uri: uri, period: 30, issuer: "Service \(number)", secret: secret, note: nil,
        kind: .totp)
}

func nanoseconds(_ times: Int, _ side: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    for _ in 0..<times { try side() }
    return Double(DispatchTime.now().uptimeNanoseconds - start) / Double(times)
}

/// The middle of many turns, taken by turns.
func measure(_ name: String, _ sides: [(String, () throws -> Void)]) throws {
    let times = try sides.map { _, side in
        _ = try nanoseconds(20, side)
        return min(max(Int(20_000_000 / (try nanoseconds(5, side))), 1), 100_000)
    }
    var samples = sides.map { _ in [Double]() }
    for _ in 0..<51 {
        for (index, (_, side)) in sides.enumerated() {
            samples[index].append(try nanoseconds(times[index], side))
        }
    }
    for (index, (side, _)) in sides.enumerated() {
        print("{\"id\":\"\(name)/\(side)\",\"value\":\(samples[index].sorted()[25])}")
    }
}

func vault(_ folder: URL, _ entries: [Entry], _ clock: Ticking) async throws -> Authenticator {
    let path = folder.appendingPathComponent("vault").path
    let vault = try await Authenticator.create(at: path, keys: MemoryKey(), guard: MemoryGuard(), clock: clock)
    let never = AutoLock(foregroundSeconds: nil, backgroundSeconds: nil)
    try vault.setAutoLock(never, presenceSeconds: 60)
    let drafts = try entries.map { try AccountDraft(uri: SecretData(utf8: $0.uri)) }
    _ = try await vault.addAll(drafts)
    return vault
}

let entries = (0..<1000).map(entry)
for count in [100, 1000] {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("door-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let clock = Ticking()
    let vault = try await vault(folder, Array(entries.prefix(count)), clock)
    let sent = Array(entries.prefix(count))
    let read: () throws -> Void = {
        var length = 0
        for case .timed(let code) in try vault.codes() { length += code.text.utf8.count }
        precondition(length == 6 * count)
    }
    let baseline: () throws -> Void = {
        let now = UInt64(try clock.now().wallMillis / 1000)
        let codes = try generateCodes(entries: sent, unixSeconds: now)
        precondition(codes.count == count)
    }
    try measure("swift_tick_\(count)", [("ours", read), ("baseline", baseline)])
    if count == 100 { try measure("swift_call", [("ours", { _ = try vault.hasRecoveryKey() })]) }
    vault.close()
}
