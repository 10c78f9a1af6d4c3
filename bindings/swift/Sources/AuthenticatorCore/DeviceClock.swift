import Foundation

/// Where an ``Authenticator`` reads the time: the core reads no clock of its own.
///
/// ``SystemDeviceClock`` is the one of a device; tests have one that they set.
public protocol DeviceClock: Sendable {
    /// What the clocks show now, all three read together. It is called on the thread of each call, and
    /// must not call the ``Authenticator``. What it throws becomes ``AuthenticatorError/clockUnavailable``.
    func now() throws -> Moment
}

/// The clocks of this device.
///
/// | | Apple systems | Linux |
/// |---|---|---|
/// | wall | `CLOCK_REALTIME` | `CLOCK_REALTIME` |
/// | since the start, sleep included | `mach_continuous_time()` | `CLOCK_BOOTTIME` |
/// | which start | `kern.bootsessionuuid` | `/proc/sys/kernel/random/boot_id` |
public struct SystemDeviceClock: DeviceClock {
    /// The clocks of this device.
    public init() {}

    /// Reads them.
    public func now() throws -> Moment {
        guard let monotonic = Self.millisSinceBoot(), let wall = Self.millis(of: CLOCK_REALTIME) else {
            throw AuthenticatorError.clockUnavailable
        }
        return Moment(wallMillis: wall, monotonicMillis: monotonic, bootId: try Self.boot.get())
    }

    private static func millis(of clock: clockid_t) -> Int64? {
        var time = timespec()
        guard clock_gettime(clock, &time) == 0 else { return nil }
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    // Which start it is does not change while the process runs.
    private static let boot: Result<Data, AuthenticatorError> = {
        guard let id = bootSession().flatMap(UUID.init(uuidString:)) else {
            return .failure(.clockUnavailable)
        }
        return .success(withUnsafeBytes(of: id.uuid) { Data($0) })
    }()
}

#if canImport(Darwin)
import Darwin

extension SystemDeviceClock {
    private static func millisSinceBoot() -> Int64? {
        var base = mach_timebase_info_data_t()
        guard mach_timebase_info(&base) == 0, base.denom > 0 else { return nil }
        // 128 bits between: ticks times numerator can be more than 64.
        let product = mach_continuous_time().multipliedFullWidth(by: UInt64(base.numer))
        let divisor = UInt64(base.denom) * 1_000_000
        guard product.high < divisor else { return nil }
        return Int64(exactly: divisor.dividingFullWidth(product).quotient)
    }

    private static func bootSession() -> String? {
        var text = [CChar](repeating: 0, count: 64)
        var size = text.count
        guard sysctlbyname("kern.bootsessionuuid", &text, &size, nil, 0) == 0 else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
#else
extension SystemDeviceClock {
    private static func millisSinceBoot() -> Int64? { millis(of: CLOCK_BOOTTIME) }

    private static func bootSession() -> String? {
        let file = "/proc/sys/kernel/random/boot_id"
        return try? String(contentsOfFile: file, encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
#endif
