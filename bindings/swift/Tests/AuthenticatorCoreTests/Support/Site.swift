import AuthenticatorCore
import Foundation
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

let account = "ann@example.com"
let approvalPin = "739105"
let otherPin = "528491"

/// The service of the core's tests, as a program on loopback, and its page.
final class Site: Sendable {
    let origin: String
    private let input = Pipe()

    init(_ words: String...) throws {
        let environment = ProcessInfo.processInfo.environment
        let path = try #require(environment["AUTHENTICATOR_CORE_SERVICE"])
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = words
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Unexpected() }
            line += more
        }
        origin = String(decoding: line.dropLast(), as: UTF8.self)
    }

    // It ends with its input.
    deinit { try? input.fileHandleForWriting.close() }

    /// What the person or an administrator does at the page, and what the page says.
    @discardableResult
    func page(_ verb: String, _ words: KeyValuePairs<String, String> = [:]) throws -> String {
        let plain = CharacterSet.alphanumerics
        let query = (Array(words) + [("account", account)]).map { name, value in
            "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: plain)!)"
        }
        let url = URL(string: "\(origin)/page/\(verb)?\(query.joined(separator: "&"))")!
        let (isDone, said) = (DispatchSemaphore(value: 0), Held<Data?>(nil))
        URLSession.shared.dataTask(with: url) { data, response, _ in
            let isThere = (response as? HTTPURLResponse)?.statusCode == 200
            said.with { $0 = isThere ? data ?? Data() : nil }
            isDone.signal()
        }.resume()
        isDone.wait()
        return String(decoding: try #require(said.with { $0 }), as: UTF8.self)
    }

    /// Asks, and gives what the first phone is pushed.
    func ask(_ words: KeyValuePairs<String, String> = [:]) throws -> String {
        String(try page("ask", words).prefix { $0 != "\n" })
    }

    func number() throws -> String { try page("number") }

    /// Makes a vault on a phone whose clock is this machine's.
    func vault(deviceKeys: (any DeviceKeys)? = nil) async throws -> Authenticator {
        let phone = try Phone()
        return try await Authenticator.create(
            at: phone.path, keys: phone.keys, guard: phone.memory, deviceKeys: deviceKeys)
    }

    /// Enrols a phone up to the first approved request, and gives the credential's id.
    func enrol(_ vault: Authenticator, pin: String? = nil) async throws -> String {
        let id = try await vault.beginEnrolment(secret(try page("enrol")))
        #expect(try await vault.carry(with: carrier) == [.enrolmentToConfirm(credential: id)])
        try await vault.confirmEnrolment(id, device: device, pin: pin.map(secret))
        #expect(try await vault.carry(with: carrier) == [.pairingCode(credential: id)])
        let code = try #require(try await vault.credential(id).pairingCode)
        #expect(try page("pair", ["code": code]) == "paired")
        guard case .requested(let test) = try await vault.poll(id, with: carrier).last else { throw Unexpected() }
        try await approve(vault, test, pin: pin)
        let events = try await vault.carry(with: carrier)
        #expect(events == [.receipt(request: test, outcome: .approved), .activated(credential: id)])
        return id
    }

    /// Approves with what the page shows.
    func approve(_ vault: Authenticator, _ request: String, pin: String? = nil) async throws {
        if let pin {
            try await vault.approve(request, typed: try number(), pin: secret(pin))
        } else {
            try await vault.approve(request, typed: try number())
        }
    }
}

let carrier = URLSessionCarrier()
let device = DeviceDescription(name: "iPhone", platform: .ios, push: nil)

extension Authenticator {
    func credential(_ id: String) async throws -> ApprovalCredential {
        try #require(try await credentials().first { $0.id == id })
    }

    func request(_ id: String) async throws -> ApprovalRequest {
        try #require(try await approvalRequests().first { $0.id == id })
    }
}

/// A key store whose keys the service's program computes with: Linux has no cryptography for Swift.
final class RemoteKeys: DeviceKeys {
    private let site: Site
    let failure = Held<PlatformError?>(nil)
    let deleted = Held(0)

    init(_ site: Site) { self.site = site }

    func generate(purpose: KeyPurpose, challenge: Data) throws -> DeviceKey? {
        let made = try site.page("make-key").split(separator: " ").map { bytes(String($0)) }
        return DeviceKey(handle: made[0], publicKey: made[1], level: .secureEnclave, attestation: nil)
    }

    func sign(handle: Data, message: Data) throws -> Data {
        if let failure = failure.with({ $0 }) { throw failure }
        return bytes(try site.page("sign", ["key": text(handle), "message": text(message)]))
    }

    func delete(handle: Data) throws { deleted.with { $0 += 1 } }

    private func text(_ bytes: Data) -> String {
        bytes.base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }
}

/// What base64url says.
func bytes(_ text: String) -> Data {
    let usual = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
    return Data(base64Encoded: usual + String(repeating: "=", count: (4 - usual.count % 4) % 4))!
}
