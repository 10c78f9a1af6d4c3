// swift-tools-version: 6.0
import PackageDescription

// Apple's systems take the XCFramework. On Linux, for tests, the library is the system's, and whoever
// builds says where it lies (README.md).
#if os(Linux)
let library: Target = .systemLibrary(name: "AuthenticatorCoreFFI")
#else
let library: Target = .binaryTarget(
    name: "AuthenticatorCoreFFI",
    path: "AuthenticatorCoreFFI.xcframework"
)
#endif

// The tests search the memory of a process of their own, which only Linux lets them do.
#if os(Linux)
let subject: [Target] = [
    .executableTarget(
        name: "MemorySubject",
        dependencies: ["AuthenticatorCore"],
        path: "Tests/MemorySubject"
    )
]
#else
let subject: [Target] = []
#endif

let package = Package(
    name: "AuthenticatorCore",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "AuthenticatorCore", targets: ["AuthenticatorCore"])],
    targets: [
        library,
        // Generated. UniFFI promises language mode 5.
        .target(
            name: "AuthenticatorCoreBindings",
            dependencies: ["AuthenticatorCoreFFI"],
            swiftSettings: [.swiftLanguageMode(.v5)]
        ),
        .target(
            name: "AuthenticatorCore",
            dependencies: ["AuthenticatorCoreBindings", "AuthenticatorCoreFFI"],
            resources: [.process("PrivacyInfo.xcprivacy")]
        ),
        .testTarget(
            name: "AuthenticatorCoreTests",
            dependencies: ["AuthenticatorCore"] + subject.map { .target(name: $0.name) }
        ),
    ] + subject,
    swiftLanguageModes: [.v6]
)
