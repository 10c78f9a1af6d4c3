import AuthenticatorCoreBindings
import AuthenticatorCoreFFI
import Foundation

/// Secret bytes that come out of the library.
///
/// The generated code would copy them into an array that it frees unwiped. These calls go past it: the
/// bytes are copied once, into memory that is wiped, and the library overwrites its own.
extension SecretData {
    /// What a call gives as bytes: `Vec<u8>` in the library.
    static func received(
        from object: UInt64,
        _ call: (UInt64, UnsafeMutablePointer<RustCallStatus>) -> RustBuffer
    ) throws(AuthenticatorError) -> SecretData {
        let buffer = try checked { call(object, $0) }
        defer { free(buffer) }
        guard let bytes = lengthAndBytes(buffer, from: 0) else { throw .internalError }
        return bytes
    }

    /// What a call gives as bytes or nothing: `Option<Vec<u8>>` in the library.
    static func receivedIfAny(
        from object: UInt64,
        _ call: (UInt64, UnsafeMutablePointer<RustCallStatus>) -> RustBuffer
    ) throws(AuthenticatorError) -> SecretData? {
        let buffer = try checked { call(object, $0) }
        defer { free(buffer) }
        guard let data = buffer.data, buffer.len > 0 else { throw .internalError }
        if data[0] == 0 { return nil }
        guard let bytes = lengthAndBytes(buffer, from: 1) else { throw .internalError }
        return bytes
    }

    /// UniFFI writes the length first, as four bytes, the highest first.
    private static func lengthAndBytes(_ buffer: RustBuffer, from start: Int) -> SecretData? {
        let bytes = UnsafeRawBufferPointer(start: buffer.data, count: Int(buffer.len))
        guard bytes.count >= start + 4 else { return nil }
        let count = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
        guard bytes.count == start + 4 + count else { return nil }
        return SecretData(count: count) { $0.copyMemory(from: .init(rebasing: bytes[(start + 4)...])) }
    }

    private static func checked(
        _ call: (UnsafeMutablePointer<RustCallStatus>) -> RustBuffer
    ) throws(AuthenticatorError) -> RustBuffer {
        var status = RustCallStatus()
        let buffer = call(&status)
        switch status.code {
        case 0: return buffer
        case 1: throw AuthenticatorError(lifted(status.errorBuf))
        default:
            free(status.errorBuf)
            throw .internalError
        }
    }

    private static func lifted(_ error: RustBuffer) -> any Error {
        do {
            return try FfiConverterTypeAuthenticatorError_lift(error)
        } catch {
            return error
        }
    }

    private static func free(_ buffer: RustBuffer) {
        var status = RustCallStatus()
        ffi_authenticator_core_ffi_rustbuffer_free(buffer, &status)
    }
}
