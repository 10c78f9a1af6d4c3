import AuthenticatorCore

/// A picture in grey, as a camera gives it: rows with some bytes behind that belong to no pixel.
struct Picture {
    let side: Int
    private var bytes: [UInt8]
    private var stride: Int { side + 5 }

    /// A white one.
    init(side: Int) {
        self.side = side
        bytes = [UInt8](repeating: 255, count: (side + 5) * side)
    }

    /// A code, four pixels a module, with four light modules around.
    init(of code: QrCode) throws {
        let (modules, codeSide) = (try code.modules(), code.side)
        self.init(side: (codeSide + 8) * 4)
        for row in 0..<codeSide * 4 {
            for column in 0..<codeSide * 4 {
                let isDark = modules.withUnsafeBytes { $0[row / 4 * codeSide + column / 4] == 1 }
                bytes[(row + 16) * stride + column + 16] = isDark ? 0 : 255
            }
        }
    }

    /// Covers the middle, and leaves the three corners by which a code is found.
    mutating func smear() {
        for row in side / 2 - 16..<side / 2 + 20 {
            for column in side / 2 - 16..<side / 2 + 20 { bytes[row * stride + column] = 0 }
        }
    }

    func read() throws -> [QrReading] {
        try bytes.withUnsafeBytes {
            try QrCode.read(width: side, height: side, stride: stride, luminance: $0)
        }
    }
}
