// The process whose memory the test searches: it does what people do with a vault, with secrets that come
// in as bytes, and stands still where the test says.
//
// The secrets are masked here, so that nothing but what was done with them can be found.
import AuthenticatorCore
import Foundation

/// A secret that stands masked in the program; the test has it plain.
func unmasked(_ masked: [UInt8]) -> SecretData {
    SecretData(count: masked.count) { bytes in
        for place in masked.indices { bytes[place] = masked[place] ^ 0xA5 }
    }
}

/// Tells the test how far it is, and waits until it has looked.
func standStill(_ name: String) {
    FileHandle.standardOutput.write(Data((name + "\n").utf8))
    _ = readLine()
}

/// Has the test do something at the service's page, and gives the line that the page says.
func page(_ words: String) -> String {
    FileHandle.standardOutput.write(Data("page \(words)\n".utf8))
    return readLine()!
}

/// The secrets, masked, as the test writes them on the first lines: name and hexadecimal digits.
func readSecrets() -> [String: [UInt8]] {
    var secrets: [String: [UInt8]] = [:]
    while let line = readLine(), !line.isEmpty {
        let parts = line.split(separator: " ")
        let digits = Array(parts[1].utf8)
        secrets[String(parts[0])] = stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)!
        }
    }
    return secrets
}

/// A key store that keeps its answers to itself: two steps, so that no call back brings a secret.
final class Keys: KeyWrapper {
    func securityLevel() -> SecurityLevel { .software }
    func wrap(key: Data) throws -> Data { throw PlatformError.Unavailable }
    func unwrap(wrapped: Data) throws -> Data { throw PlatformError.Unavailable }
    func prf(input: Data) -> Data? { nil }
    func delete() {}

    func wrap(_ enrolment: PlatformEnrolment) throws -> Data {
        try enrolment.reveal().withUnsafeBytes { Data($0.map { $0 ^ 0xA5 }) }
    }

    func unwrap(_ wrapped: Data) -> SecretData {
        SecretData(count: wrapped.count) { target in
            for (place, byte) in wrapped.enumerated() { target[place] = byte ^ 0xA5 }
        }
    }
}

final class Memory: RollbackGuard, @unchecked Sendable {
    private let lock = NSLock()
    private var kept: [String: Data] = [:]

    func read(vaultId: String) -> Data? { lock.withLock { kept[vaultId] } }
    func replace(vaultId: String, state: Data) { lock.withLock { kept[vaultId] = state } }
}

let secrets = readSecrets()
let given = { (name: String) in unmasked(secrets[name]!) }
let (keys, memory) = (Keys(), Memory())
let cost = PinCost(memoryKib: 19_456, passes: 2)
let path = CommandLine.arguments[1]

// Functions, so that what they hold is let go when they are done.

/// Enrols, approves after a wrong PIN, and changes it.
func useApprovals(of authenticator: Authenticator) async throws {
    let carrier = URLSessionCarrier()
    let id = try await authenticator.beginEnrolment(SecretData(utf8: page("enrol")))
    _ = try await authenticator.carry(with: carrier)
    try Authenticator.checkNewApprovalPin(given("approvalPin"))
    let device = DeviceDescription(name: "iPhone", platform: .ios, push: nil)
    try await authenticator.confirmEnrolment(id, device: device, pin: given("approvalPin"))
    _ = try await authenticator.carry(with: carrier)
    guard let code = try await authenticator.credentials().first?.pairingCode else { exit(1) }
    _ = page("pair \(code)")
    guard case .requested(let test) = try await authenticator.poll(id, with: carrier).last else { exit(1) }
    try await authenticator.approve(test, typed: page("number"), pin: given("laterApprovalPin"))
    _ = try await authenticator.carry(with: carrier)
    try await authenticator.approve(test, pin: given("approvalPin"))
    guard case .activated = try await authenticator.carry(with: carrier).last else { exit(1) }
    try await authenticator.changeApprovalPin(id, from: given("approvalPin"), to: given("laterApprovalPin"))
    guard case .pinChange = try await authenticator.carry(with: carrier).last else { exit(1) }
}

func useVault() async throws {
    let begun = try PlatformEnrolment.forNewVault()
    let wrapped = try keys.wrap(begun)
    let authenticator = try await Authenticator.finishCreate(
        at: path, keys: keys, guard: memory, enrolment: begun, wrapped: wrapped)
    try Authenticator.checkNewPin(given("pin"))
    try await authenticator.setPin(given("pin"), cost: cost)

    let draft = try AccountDraft(uri: given("uri"))
    try draft.setRecoveryCodes(lines: given("codes"))
    guard case .added(let id) = try authenticator.add(draft) else { exit(1) }
    let typed = try AccountDraft(typedSecret: given("typed"), issuer: "Example", name: "bob")
    _ = try authenticator.add(typed)
    let motp = try AccountDraft(uri: given("motp"))
    try motp.setPin(given("accountPin"))
    guard case .added(let motpID) = try authenticator.add(motp) else { exit(1) }
    try authenticator.setAccountPin(motpID, given("accountPin"))
    _ = try authenticator.codes()
    try await useApprovals(of: authenticator)

    authenticator.lock()
    _ = try await authenticator.unlock(pin: given("wrong"))
    guard case .unlocked = try await authenticator.unlock(pin: given("pin")) else { exit(1) }
    guard case .proved = try await authenticator.provePresence(pin: given("pin")) else { exit(1) }
    let unwrapped = keys.unwrap(try authenticator.beginPlatformUnlock())
    guard case .unlocked = try await authenticator.finishPlatformUnlock(unwrapped: unwrapped) else { exit(1) }

    // What comes out, and goes in again.
    let key = try await authenticator.issueRecoveryKey()
    let written = try key.reveal()
    try await authenticator.confirm(RecoveryKey(typed: written))
    let link = try authenticator.withRevealed(id) { account in
        _ = try account.secret()
        _ = try account.recoveryCode(at: 0)
        _ = try account.qrCode().modules()
        return try account.uri()
    }
    _ = try authenticator.add(AccountDraft(uri: link))

    // The test takes from here what only this process knows: it is masked.
    let platformSecret = unwrapped.withUnsafeBytes { $0.map { String(format: "%02x", $0 ^ 0xA5) }.joined() }
    let recoveryKey = written.withUnsafeBytes { $0.map { String(format: "%02x", $0 ^ 0xA5) }.joined() }
    standStill("unlocked \(platformSecret) \(recoveryKey)")

    for secret in [unwrapped, written, link] { secret.wipe() }
    authenticator.lock()
    authenticator.close()
}

try await useVault()
standStill("closed")
