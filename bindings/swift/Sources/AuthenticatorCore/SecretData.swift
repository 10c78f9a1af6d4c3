import Foundation

/// Secret bytes: a PIN, the text of a QR code, a recovery key, what a key store unwrapped.
///
/// They lie in memory of their own, are copied nowhere on their way into the vault, and are overwritten
/// by ``wipe()`` and when the last reference goes. They print as nothing.
///
/// ```swift
/// let pin = SecretData(utf8: field.text)   // a String stays where it is: see init(utf8:)
/// defer { pin.wipe() }
/// let outcome = try await authenticator.unlock(pin: pin)
/// ```
public final class SecretData: @unchecked Sendable {
    // Unchecked: all access to the memory is under the lock, which is recursive, so that bytes that
    // are being read can be read or wiped once more.
    private let lock = NSRecursiveLock()
    private let memory: UnsafeMutableRawBufferPointer
    private let length: Int
    private var isWiped = false

    /// As many bytes as `filling` is given, which it overwrites: for what is read from a stream, a
    /// camera or a C function.
    ///
    /// - Parameters:
    ///   - count: How many bytes.
    ///   - filling: Gets the bytes, all zero, for as long as it runs.
    public init(count: Int, filling: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
        memory = .allocate(byteCount: Self.margin + count, alignment: 16)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        length = count
        try filling(UnsafeMutableRawBufferPointer(rebasing: memory[Self.margin...]))
    }

    /// Takes bytes over: the array's own are overwritten, unless something else holds the array too.
    public convenience init(taking bytes: inout [UInt8]) {
        self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
        bytes.wipe()
    }

    /// Takes bytes over: the value's own are overwritten, unless something else holds them too. Up to
    /// 14 bytes lie in the value itself, and every value that was assigned from it has its own.
    public convenience init(taking data: inout Data) {
        self.init(count: data.count) { target in _ = data.copyBytes(to: target) }
        data.wipe()
    }

    /// The UTF-8 of a text.
    ///
    /// A `String` cannot be overwritten: where a text field gives one, its memory keeps the secret for
    /// as long as the system likes. An app that minds has a keypad of its own, which fills bytes.
    public convenience init(utf8 text: some StringProtocol) {
        let utf8 = text.utf8
        self.init(count: utf8.count) { $0.copyBytes(from: utf8) }
    }

    deinit {
        memory.wipe()
        memory.deallocate()
    }

    /// How many bytes there are; 0 once they are wiped.
    public var count: Int {
        lock.lock()
        defer { lock.unlock() }
        return isWiped ? 0 : length
    }

    /// Lends the bytes for as long as `body` runs; none once they are wiped.
    public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        lock.lock()
        defer { lock.unlock() }
        let bytes = isWiped ? memory[memory.endIndex...] : memory[Self.margin...]
        return try body(UnsafeRawBufferPointer(rebasing: bytes))
    }

    /// Overwrites the bytes; there are none from then on.
    public func wipe() {
        lock.lock()
        defer { lock.unlock() }
        isWiped = true
        memory.wipe()
    }

    // A `Data` keeps up to 14 bytes in the value itself, of which every frame on the stack has a copy. A
    // slice that does not begin at 0 cannot: it stays a pointer to this memory.
    private static let margin = 16

    /// Lends the bytes as the `Data` that the generated code takes. It must not outlive `body`.
    func lend<R>(_ body: (Data) throws -> R) rethrows -> R {
        lock.lock()
        defer { lock.unlock() }
        guard !isWiped, length > 0, let start = memory.baseAddress else { return try body(Data()) }
        let all = Data(bytesNoCopy: start, count: memory.count, deallocator: .none)
        return try body(all[Self.margin...])
    }
}

extension SecretData: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Nothing of the bytes.
    public var description: String { "SecretData" }

    /// Nothing of the bytes.
    public var debugDescription: String { description }

    /// Nothing of the bytes.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
