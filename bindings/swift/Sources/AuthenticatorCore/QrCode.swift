import AuthenticatorCoreBindings
import AuthenticatorCoreFFI
import Foundation

/// A QR code to be drawn: dark on light, whatever the theme, with four light modules around.
public final class QrCode: Sendable {
    private let object: AuthenticatorCoreBindings.QrCode

    init(_ object: AuthenticatorCoreBindings.QrCode) {
        self.object = object
    }

    /// The code of a text.
    public init(encoding text: SecretData) throws(AuthenticatorError) {
        object = try Authenticator.told {
            try text.lend { try AuthenticatorCoreBindings.QrCode.encode(content: $0) }
        }
    }

    /// Modules a side, without the light ones around: 21 to 177.
    public var side: Int { Int(object.side()) }

    /// The modules, row by row from the top, one byte each: 1 is dark. Whoever has them has what the code
    /// says.
    public func modules() throws(AuthenticatorError) -> SecretData {
        try .received(
            from: object.uniffiCloneHandle(), uniffi_authenticator_core_ffi_fn_method_qrcode_modules)
    }

    /// Finds and reads every QR code in a picture in grey, a camera's luminance plane say. Empty if there
    /// is none.
    ///
    /// - Parameters:
    ///   - width: Pixels a row, 21 to 4096.
    ///   - height: Rows, 21 to 4096.
    ///   - stride: Bytes from one row to the next: `CVPixelBufferGetBytesPerRowOfPlane`.
    ///   - luminance: Eight bits a pixel, 0 is black. They are only read while this runs, and not copied.
    public static func read(
        width: Int,
        height: Int,
        stride: Int,
        luminance: UnsafeRawBufferPointer
    ) throws(AuthenticatorError) -> [QrReading] {
        let (width, height) = (UInt32(clamping: width), UInt32(clamping: height))
        let stride = UInt32(clamping: stride)
        guard let start = luminance.baseAddress else {
            throw .invalidQrCode(problem: .sizeMismatch)
        }
        let readings = try Authenticator.told {
            let picture = Data(
                bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: luminance.count,
                deallocator: .none)
            return try readQrCodes(
                width: width, height: height, stride: stride, luminance: picture)
        }
        return try readings.map { (reading) throws(AuthenticatorError) in try QrReading(reading) }
    }
}

/// One code that was found in a picture.
public enum QrReading: Sendable {
    /// Its text: for ``AccountDraft/init(uri:)`` or ``MigrationCollector/add(_:)``.
    case text(SecretData)
    /// It could not be read; another picture may do.
    case unreadable(QrProblem)

    init(_ reading: AuthenticatorCoreBindings.QrReading) throws(AuthenticatorError) {
        switch reading {
        case .text(let text):
            self = .text(
                try .received(
                    from: text.uniffiCloneHandle(),
                    uniffi_authenticator_core_ffi_fn_method_scannedtext_reveal))
        case .unreadable(let problem): self = .unreadable(problem)
        }
    }
}
