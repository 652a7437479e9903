// swift-tools-version:6.2
import PackageDescription

/// One list for every room: Swift 6 with the upcoming features that the style guide asks for.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]

/// A room that wraps no C library, and so needs no unsafe pointer.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings + [.strictMemorySafety()])
}

/// A room that wraps a C library.
func machineRoom(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"], resources: resources,
        swiftSettings: settings)
}

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncAlgorithms = Target.Dependency.product(name: "AsyncAlgorithms", package: "swift-async-algorithms")

let package = Package(
    name: "slipway",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "slipway", targets: ["slipway"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibgit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
        .systemLibrary(name: "CLibcrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibarchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CLibisal", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
        .systemLibrary(name: "CLibzstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CMalloc"),

        // Ground: values only.
        room("OCI"),
        room("Spelling"),
        room("Dockerfile", ["OCI", "Spelling"]),
        room("TaskFile", ["Spelling", yams]),
        room("ControlAPI"),
        room("Inventory", ["OCI"]),

        // Machine: one outside thing a room.
        machineRoom("Cryptography", ["CLibcrypto", "OCI"]),
        machineRoom("Git", ["CLibgit2", "Spelling"]),
        machineRoom("Archive", ["CLibarchive", "CLibisal", "CLibzstd"]),
        machineRoom("Blobs", ["Cryptography", "OCI", nioCore]),
        machineRoom("Layout", ["Archive", "Blobs", "Cryptography", "OCI"]),
        machineRoom("Sandbox", ["CLinux"]),
        room("Database", [grdb]),
        machineRoom(
            "Remote", ["Blobs", "Cryptography", "OCI", httpClient, logging, nioCore, nioHTTP1, nioPosix]),

        // Subject: what Slipway is about; none imports another.
        machineRoom("Runs", ["Database", "TaskFile", grdb, logging, lifecycle, asyncAlgorithms]),

        machineRoom(
            "Builder",
            [
                "Archive", "Blobs", "CLinux", "Cryptography", "Dockerfile", "Inventory", "OCI", "Sandbox",
                "Spelling", nioCore,
            ]),
        machineRoom(
            "Registry",
            [
                "Blobs", "Cryptography", "Database", "OCI", grdb, httpTypes, hummingbird, logging,
                nioCore,
            ]),
        room("Watch", ["Git", "OCI", lifecycle, logging]),

        // Top: joins the rooms.
        machineRoom(
            "BuildHost",
            [
                "Archive", "Blobs", "Builder", "Cryptography", "Dockerfile", "Git", "Inventory", "Layout",
                "OCI",
                "Remote", "Sandbox", "Spelling", httpClient, logging, nioCore,
            ]),
        machineRoom(
            "Daemon",
            [
                "Archive", "Blobs", "BuildHost", "Builder", "CMalloc", "ControlAPI", "Cryptography",
                "Database", "Dockerfile", "Git", "OCI", "Registry", "Remote", "Runs", "Sandbox", "TaskFile",
                "Watch",
                asyncAlgorithms, grdb, httpClient, httpTypes, hummingbird, hummingbirdCore, lifecycle,
                logging,
                nioCore, nioHTTPTypes,
            ]),
        machineRoom("Terminal"),
        machineRoom(
            "Commands",
            [
                "Archive", "Blobs", "BuildHost", "Builder", "ControlAPI", "Daemon", "Dockerfile", "Git",
                "Inventory", "Layout", "OCI", "Remote", "Sandbox", "Spelling", "TaskFile", "Terminal",
                arguments,
                httpClient, httpTypes, lifecycle, logging, nioCore, nioHTTP1,
            ]),
        .executableTarget(name: "slipway", dependencies: ["Commands", arguments], swiftSettings: settings),

        .target(name: "TestSupport", dependencies: [], swiftSettings: settings),

        tests("OCITests", ["OCI"]),
        tests("SpellingTests", ["Spelling"]),
        tests("DockerfileTests", ["Dockerfile"], resources: [.copy("Fixtures")]),
        tests("TaskFileTests", ["TaskFile"]),
        tests("CryptographyTests", ["Cryptography", "OCI"]),
        tests("GitTests", ["Git"]),
        tests("ArchiveTests", ["Archive"]),
        tests("BlobsTests", ["Blobs", "Cryptography", "OCI", nioCore]),
        tests("ControlAPITests", ["ControlAPI"]),
        tests(
            "RemoteTests",
            [
                "Remote", "Blobs", "Cryptography", "OCI", httpClient, httpTypes, hummingbird, logging,
                nioCore,
                nioHTTP1,
            ]),
        tests("InventoryTests", ["Inventory", "OCI"]),
        tests("LayoutTests", ["Layout", "Archive", "Blobs", "Cryptography", "OCI"]),
        tests("SandboxTests", ["Sandbox"]),
        tests(
            "BuilderTests",
            [
                "Archive", "Blobs", "Builder", "Cryptography", "Dockerfile", "Inventory", "OCI", "Sandbox",
                grdb, nioCore,
            ]),
        tests(
            "BuildHostTests",
            [
                "Archive", "Blobs", "BuildHost", "Builder", "Cryptography", "Dockerfile", "Git", "Layout",
                "OCI", "Remote", "Sandbox",
                httpClient, httpTypes, hummingbird, logging, nioCore,
            ]),
        tests(
            "RegistryTests",
            [
                "Blobs", "Cryptography", "Database", "OCI", "Registry", grdb, httpClient, httpTypes,
                hummingbird, logging, nioCore,
            ]),
        tests("WatchTests", ["Watch", "Git", "OCI", lifecycle, logging]),
        tests(
            "DaemonTests",
            [
                "Archive", "Blobs", "Builder", "Daemon", "Database", "Git", "OCI", "Registry", "Runs",
                grdb,
            ]),
        tests(
            "CommandsTests",
            [
                "Builder", "Commands", "ControlAPI", "Daemon", "Dockerfile", "OCI", "TaskFile", "Terminal",
                arguments,
                httpTypes, hummingbird, logging, nioCore,
            ]),
        tests(
            "EndToEndTests",
            [
                "ControlAPI", "Cryptography", "OCI", "slipway", httpTypes, hummingbird, logging,
                nioCore,
            ]),
        tests("RunsTests", ["Runs", "Database", "TaskFile", grdb, logging, lifecycle]),
        tests("DatabaseTests", ["Database", grdb]),
    ]
)

// CI makes every warning of ours an error; a newer compiler's new warnings stop nobody else.
if Context.environment["SLIPWAY_STRICT"] != nil {
    for target in package.targets where target.type != .system {
        target.swiftSettings = (target.swiftSettings ?? []) + [.treatAllWarnings(as: .error)]
    }
}
