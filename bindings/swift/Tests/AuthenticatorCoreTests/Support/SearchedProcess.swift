#if os(Linux)
import Foundation

/// A process whose memory can be searched.
struct SearchedProcess {
    static let masking: UInt8 = 0xA5

    let id: Int32

    static func mask(_ bytes: [UInt8]) -> [UInt8] { bytes.map { $0 ^ masking } }

    /// How often each needle was found, in all memory that the process can write to: whole, or in pieces
    /// of eight bytes.
    func search(for needles: [String: [UInt8]]) throws -> [String: Int] {
        let maps = try String(contentsOfFile: "/proc/\(id)/maps", encoding: .utf8)
        let memory = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/\(id)/mem"))
        var (found, searched) = ([String: Int](), 0)
        for line in maps.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields[1].hasPrefix("rw") else { continue }
            let range = fields[0].split(separator: "-").map { UInt64($0, radix: 16)! }
            // Guard pages cannot be read.
            guard (try? memory.seek(toOffset: range[0])) != nil,
                let bytes = try? memory.read(upToCount: Int(range[1] - range[0]))
            else { continue }
            searched += bytes.count
            for (name, needle) in needles {
                let count = pieces(of: needle).map { self.count(of: $0, in: bytes) }.reduce(0, +)
                if count > 0 { found[name, default: 0] += count }
            }
        }
        // A process has a stack and a heap: less was not looked at.
        guard searched > 1 << 20 else { throw Unexpected() }
        return found
    }

    /// Eight bytes each, also the last ones.
    private func pieces(of needle: [UInt8]) -> [[UInt8]] {
        let starts = Array(stride(from: 0, to: needle.count - 8, by: 8)) + [needle.count - 8]
        return starts.map { Array(needle[$0..<$0 + 8]) }
    }

    private func count(of piece: [UInt8], in bytes: Data) -> Int {
        bytes.withUnsafeBytes { bytes in
            piece.withUnsafeBytes { piece in
                var (count, start) = (0, bytes.baseAddress!)
                let end = start + bytes.count
                while let hit = memmem(start, end - start, piece.baseAddress!, piece.count) {
                    count += 1
                    start = UnsafeRawPointer(hit) + 1
                }
                return count
            }
        }
    }
}

/// The program that the memory test looks into: it stands beside this one.
final class Subject {
    private let process = Process()
    private let (input, output) = (Pipe(), Pipe())
    private var heard = Data()

    init(arguments: [String]) throws {
        let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = folder.appendingPathComponent("MemorySubject")
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    func say(_ line: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
    }

    /// One line.
    func hear() throws -> String {
        while true {
            if let end = heard.firstIndex(of: UInt8(ascii: "\n")) {
                defer { heard.removeSubrange(...end) }
                return String(decoding: heard[..<end], as: UTF8.self)
            }
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Unexpected() }
            heard.append(more)
        }
    }

    func search(for needles: [String: [UInt8]]) throws -> [String: Int] {
        try SearchedProcess(id: process.processIdentifier).search(for: needles)
    }

    func end() {
        process.terminate()
        process.waitUntilExit()
    }
}
#endif
