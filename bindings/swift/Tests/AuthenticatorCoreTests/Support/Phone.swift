import AuthenticatorCore
import Foundation

/// A device in a folder of its own: clock, key store and guard, all of which a test sets.
final class Phone: Sendable {
    let clock: SetClock
    let keys = SoftwareKeys()
    let memory = SoftwareGuard()
    let folder: URL

    init(seconds: Int64 = 1_741_011_292) throws {
        clock = SetClock(seconds: seconds)
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    var path: String { folder.appendingPathComponent("vault").path }

    func create() async throws -> Authenticator {
        try await Authenticator.create(at: path, keys: keys, guard: memory, clock: clock)
    }

    func open() async throws -> Authenticator {
        try await Authenticator.open(at: path, keys: keys, guard: memory, clock: clock)
    }

    func openDamaged() async throws -> Authenticator {
        try await Authenticator.openDamaged(at: path, keys: keys, guard: memory, clock: clock)
    }
}

/// A clock that stands still until a test sets it.
final class SetClock: DeviceClock {
    private struct State {
        var wallMillis: Int64
        var monotonicMillis: Int64 = 1_000_000
        var bootID = Data(repeating: 1, count: 16)
        var isBroken = false
    }

    private let state: Held<State>

    init(seconds: Int64) {
        state = Held(State(wallMillis: seconds * 1000))
    }

    func now() throws -> Moment {
        try state.with {
            if $0.isBroken { throw Surprise() }
            return Moment(
                wallMillis: $0.wallMillis, monotonicMillis: $0.monotonicMillis, bootId: $0.bootID)
        }
    }

    /// Time goes by.
    func advance(seconds: Int64) { advance(millis: seconds * 1000) }

    func advance(millis: Int64) {
        state.with {
            $0.wallMillis += millis
            $0.monotonicMillis += millis
        }
    }

    /// Somebody sets the wall clock.
    func set(wallMillis: Int64) { state.with { $0.wallMillis = wallMillis } }

    func set(bootID: Data) { state.with { $0.bootID = bootID } }

    func stop() { state.with { $0.isBroken = true } }

    var wallMillis: Int64 { state.with { $0.wallMillis } }
}

/// A key store whose key is a byte, and which can refuse, break or lose its key.
final class SoftwareKeys: KeyWrapper {
    struct State {
        var key: UInt8 = 1
        var failure: (any Error)?
        var calls = 0
        /// What goes on while it is asked.
        var meanwhile: (@Sendable () -> Void)?
    }

    let state = Held(State())

    func fail(with error: (any Error)?) { state.with { $0.failure = error } }

    func lose() { state.with { $0.key &+= 1 } }

    private func ask() throws -> UInt8 {
        state.with { $0.meanwhile }?()
        return try state.with {
            $0.calls += 1
            if let failure = $0.failure { throw failure }
            return $0.key
        }
    }

    func securityLevel() throws -> SecurityLevel { .trustedEnvironment }

    func wrap(key: Data) throws -> Data { Data([try ask()] + key.map { $0 ^ 0x5A }) }

    func unwrap(wrapped: Data) throws -> Data {
        guard wrapped.first == (try ask()) else { throw PlatformError.Invalidated }
        return Data(wrapped.dropFirst().map { $0 ^ 0x5A })
    }

    func prf(input: Data) throws -> Data? { Data(input.map { $0 &* 3 &+ 7 }) }

    func delete() throws { lose() }
}

/// A rollback guard that can be out of reach, or forget.
final class SoftwareGuard: RollbackGuard {
    struct State {
        var kept: [String: Data] = [:]
        var failure: (any Error)?
    }

    let state = Held(State())

    func read(vaultId: String) throws -> Data? {
        try state.with {
            if let failure = $0.failure { throw failure }
            return $0.kept[vaultId]
        }
    }

    func replace(vaultId: String, state new: Data) throws {
        try state.with {
            if let failure = $0.failure { throw failure }
            $0.kept[vaultId] = new
        }
    }
}

/// An error that no key store, guard or clock is meant to throw.
struct Surprise: Error, CustomStringConvertible {
    let description = "surprise-482913"
}

/// A value that one thread at a time sees.
final class Held<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) { self.value = value }

    func with<R>(_ body: (inout Value) throws -> R) rethrows -> R {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
