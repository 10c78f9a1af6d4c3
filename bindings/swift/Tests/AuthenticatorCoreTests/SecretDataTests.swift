import AuthenticatorCore
import Foundation
import Testing

/// Secret bytes come in, are wiped, and print as nothing.
@Suite struct SecretDataTests {
    @Test func bytesAreTakenOverAndTheirSourceIsEmpty() {
        var bytes: [UInt8] = Array("482913".utf8)
        var data = Data("482913".utf8)
        let taken = [SecretData(taking: &bytes), SecretData(taking: &data), SecretData(utf8: "482913")]
        #expect(bytes.isEmpty && data.isEmpty)
        #expect(taken.allSatisfy { $0.text == "482913" && $0.count == 6 })
    }

    @Test func aSliceIsTakenOverToo() {
        var slice = Data("PIN 482913!".utf8)[4..<10]
        #expect(SecretData(taking: &slice).text == "482913")
        #expect(slice.isEmpty)
    }

    @Test func theArraysOwnMemoryIsOverwritten() {
        var bytes = [UInt8](repeating: 7, count: 64)
        // Lives as long as the array's memory, which `wipe` only lets go of.
        bytes.withUnsafeMutableBytes { memory in
            var view = Data(
                bytesNoCopy: memory.baseAddress!, count: memory.count, deallocator: .none)
            view.wipe()
        }
        #expect(bytes == [UInt8](repeating: 0, count: 64))
    }

    @Test func whatIsWipedIsGone() {
        let secret = SecretData(utf8: "482913")
        secret.withUnsafeBytes { before in
            secret.wipe()
            #expect(before.allSatisfy { $0 == 0 })
        }
        #expect(secret.count == 0)
        #expect(secret.text.isEmpty)
        secret.wipe()
    }

    @Test func aWipedPinIsNoPin() {
        let pin = SecretData(utf8: "482913")
        pin.wipe()
        #expect(refusal { try Authenticator.checkNewPin(pin) } == .invalidPin(problem: .empty))
    }

    @Test func nothingOfItIsPrinted() async throws {
        let secret = SecretData(utf8: "482913")
        let authenticator = try await Phone().create()
        try authenticator.addNew(totp("alice"))
        for value: Any in [secret, authenticator, Optional(secret) as Any, [secret]] {
            var dumped = ""
            dump(value, to: &dumped)
            let printed = "\(value)" + String(reflecting: value) + dumped
            #expect(!printed.contains("482913") && !printed.contains("alice"))
            #expect(!printed.contains("52, 56") && !printed.contains("0x"))
        }
    }

    @Test func theClockOfThisDeviceGoesForward() throws {
        let clock = SystemDeviceClock()
        let (before, after) = (try clock.now(), try clock.now())
        #expect(before.bootId.count == 16 && before.bootId == after.bootId)
        #expect(after.monotonicMillis >= before.monotonicMillis && before.monotonicMillis > 0)
        let date = Date(timeIntervalSince1970: TimeInterval(before.wallMillis) / 1000)
        #expect(abs(date.timeIntervalSinceNow) < 60)
    }

    @Test func aCostIsMeasuredWithinItsBounds() async throws {
        let cost = try await PinCost.calibrated()
        #expect((19_456...65_536).contains(cost.memoryKib) && (2...64).contains(cost.passes))
        #expect(Authenticator.libraryVersion.split(separator: ".").count == 3)
    }

    @Test func aListenerOfPanicsIsSetAndTakenAway() async throws {
        let heard = Held<[String]>([])
        Authenticator.reportPanics { location in heard.with { $0.append(location) } }
        defer { Authenticator.reportPanics(to: nil) }
        let authenticator = try await Phone().create()
        _ = refusal { _ = try authenticator.item("no id") }
        #expect(heard.with { $0.isEmpty }, "an error is no panic")
    }
}
