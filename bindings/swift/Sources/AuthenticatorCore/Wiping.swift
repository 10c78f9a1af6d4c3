import Foundation

extension Data {
    /// Overwrites the bytes, and empties the value.
    ///
    /// Bytes that another value shares are not reached: to overwrite them would copy them first. Keep
    /// a secret in ``SecretData`` for as long as it lives.
    public mutating func wipe() {
        withUnsafeMutableBytes { $0.wipe() }
        removeAll(keepingCapacity: false)
    }
}

extension [UInt8] {
    /// Overwrites the bytes, and empties the array. Bytes that another array shares are not reached.
    public mutating func wipe() {
        withUnsafeMutableBytes { $0.wipe() }
        removeAll(keepingCapacity: false)
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Overwrites the bytes, also where the compiler can see that nobody reads them again.
    func wipe() {
        guard let baseAddress else { return }
        #if canImport(Darwin)
        memset_s(baseAddress, count, 0, count)
        #else
        explicit_bzero(baseAddress, count)
        #endif
    }
}

/// Runs `body`, and overwrites the stack that it used: what the generated code and Foundation had there
/// of a secret.
@inline(never)
func clearingStack<R>(_ body: () throws -> R) rethrows -> R {
    defer { overwriteStack() }
    return try body()
}

/// The stack below the caller, 32 KiB deep.
@inline(never)
private func overwriteStack() {
    withUnsafeTemporaryAllocation(byteCount: 32 << 10, alignment: 16) { $0.wipe() }
}
