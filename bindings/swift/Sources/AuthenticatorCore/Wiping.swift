import Foundation
#if canImport(Darwin)
import Darwin
#endif

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
