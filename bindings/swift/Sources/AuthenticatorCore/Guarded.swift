import Foundation

/// A value that one thread at a time sees. (`Mutex` needs iOS 18.)
final class Guarded<Value>: @unchecked Sendable {
    // Unchecked: all access is under the lock.
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) {
        self.value = value
    }

    func withLock<R>(_ body: (inout Value) throws -> R) rethrows -> R {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
