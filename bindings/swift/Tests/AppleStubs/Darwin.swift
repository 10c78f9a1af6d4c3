// What the package uses of Darwin and Linux has not, declared for the type-checker alone.
public struct mach_timebase_info_data_t {
    public var numer: UInt32
    public var denom: UInt32

    public init() { fatalError() }
}

public func mach_timebase_info(_ info: UnsafeMutablePointer<mach_timebase_info_data_t>?) -> Int32 { fatalError() }
public func mach_continuous_time() -> UInt64 { fatalError() }
public func sysctlbyname(
    _ name: UnsafePointer<CChar>?, _ old: UnsafeMutableRawPointer?, _ oldSize: UnsafeMutablePointer<Int>?,
    _ new: UnsafeMutableRawPointer?, _ newSize: Int
) -> Int32 { fatalError() }
@discardableResult
public func memset_s(_ start: UnsafeMutableRawPointer?, _ size: Int, _ byte: Int32, _ count: Int) -> Int32 {
    fatalError()
}
