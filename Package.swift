// swift-tools-version: 6.2
import PackageDescription

/// Settings that every Swift target shares: language mode 6 and the upcoming features that make imports and
/// existentials explicit.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "cueline",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "TimelineModel", targets: ["TimelineModel"]),
        .library(name: "Signal", targets: ["Signal"]),
        .library(name: "Media", targets: ["Media"]),
        .library(name: "Analysis", targets: ["Analysis"]),
        .library(name: "Interchange", targets: ["Interchange"]),
        .library(name: "Library", targets: ["Library"]),
        .library(name: "SemanticTimeline", targets: ["SemanticTimeline"]),
        .library(name: "VideoOrigin", targets: ["VideoOrigin"]),
        .library(name: "VoicePhrases", targets: ["VoicePhrases"]),
        .library(name: "Server", targets: ["Server"]),
        .executable(name: "cueline", targets: ["cueline"]),
        .executable(name: "cueline-confine", targets: ["cueline-confine"]),
    ],
    traits: [
        .trait(name: "PostgreSQL", description: "Libraries in PostgreSQL, through libpq."),
        .default(enabledTraits: ["PostgreSQL"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
        .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
    ],
    targets: [
        .target(name: "TimelineModel", swiftSettings: strict),
        .target(name: "CDense"),
        .target(name: "CMemory"),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
        .target(
            name: "Files", dependencies: [.product(name: "Crypto", package: "swift-crypto")], swiftSettings: strict),
        .target(name: "Signal", dependencies: ["TimelineModel"], swiftSettings: strict),
        .target(
            name: "Media",
            dependencies: [
                "Files", "TimelineModel",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Analysis",
            dependencies: [
                "CDense", "CMemory", "Files", "Media", "Signal", "TimelineModel",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Interchange", dependencies: ["TimelineModel"],
            resources: [
                .embedInCode("Page/Resources/door.html"), .embedInCode("Page/Resources/door.js"),
                .embedInCode("Page/Resources/page.css"), .embedInCode("Page/Resources/page.html"),
                .embedInCode("Page/Resources/page.js"),
            ],
            swiftSettings: strict),
        .target(
            name: "Library",
            dependencies: [
                .target(name: "CPostgres", condition: .when(traits: ["PostgreSQL"])), "Files", "TimelineModel",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "SemanticTimeline",
            dependencies: [
                "Analysis", "Files", "Library", "Media", "TimelineModel",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "VideoOrigin",
            dependencies: [
                "Files", "Interchange", "Library", "SemanticTimeline", "TimelineModel",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "VoicePhrases",
            dependencies: [
                "Files", "Library", "SemanticTimeline", "TimelineModel",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Server",
            dependencies: [
                "Analysis", "Files", "Interchange", "Library", "Media", "SemanticTimeline", "TimelineModel",
                "VideoOrigin", "VoicePhrases",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("Resources/openapi.json")],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "library-example", dependencies: ["Analysis", "TimelineModel"], path: "examples/library",
            swiftSettings: strict),
        .executableTarget(
            name: "cueline",
            dependencies: [
                "Analysis", "CMemory", "Interchange", "Library", "Media", "SemanticTimeline", "Server",
                "TimelineModel", "VideoOrigin", "VoicePhrases",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        // Starts ffmpeg with nothing but one file to read.
        .executableTarget(name: "cueline-confine"),
        .executableTarget(
            name: "beats-bench", dependencies: ["Analysis", "TimelineModel"], path: "Benchmarks/beats",
            swiftSettings: strict),
        .executableTarget(
            name: "scene-bench", dependencies: ["Analysis"], path: "Benchmarks/scene", swiftSettings: strict),
        .executableTarget(
            name: "queue-bench", dependencies: ["Library", "TimelineModel"], path: "Benchmarks/queue",
            swiftSettings: strict),
        .executableTarget(
            name: "service-fixture", dependencies: ["Library", "SemanticTimeline", "TimelineModel"],
            path: "Benchmarks/service", exclude: [], sources: ["main.swift"], swiftSettings: strict),
        .target(
            name: "Fuzzing",
            dependencies: [
                "Analysis", "Files", "Interchange", "Library", "Media", "SemanticTimeline", "Server", "Signal",
                "TimelineModel", "VideoOrigin", "VoicePhrases",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Fuzz/Fuzzing", swiftSettings: strict),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "Files", "Fuzzing",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Fuzz/run", swiftSettings: strict),
        .testTarget(name: "TimelineModelTests", dependencies: ["TimelineModel"], swiftSettings: strict),
        .testTarget(
            name: "SignalTests", dependencies: ["Signal", "TimelineModel"], resources: [.copy("Golden")],
            swiftSettings: strict),
        .testTarget(name: "MediaTests", dependencies: ["Media"], swiftSettings: strict),
        .testTarget(
            name: "AnalysisTests", dependencies: ["Analysis", "CDense", "Media", "Signal", "TimelineModel"],
            resources: [.copy("Golden")], swiftSettings: strict),
        .testTarget(name: "InterchangeTests", dependencies: ["Interchange", "TimelineModel"], swiftSettings: strict),
        .target(
            name: "TestSupport",
            dependencies: [
                "Analysis", "Library", "SemanticTimeline", "TimelineModel",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            path: "Tests/TestSupport", swiftSettings: strict),
        .target(
            name: "TestServers", path: "Tests/TestServers",
            exclude: ["lock.sh", "requirements.in", "requirements.txt"],
            swiftSettings: strict),
        .testTarget(
            name: "LibraryTests",
            dependencies: [
                "Files", "Library", "TestServers", "TimelineModel", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SemanticTimelineTests",
            dependencies: ["Analysis", "Library", "SemanticTimeline", "TestServers", "TestSupport", "TimelineModel"],
            swiftSettings: strict),
        .testTarget(
            name: "PageTests",
            dependencies: [
                "Interchange", "TestSupport", "TimelineModel",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "VideoOriginTests",
            dependencies: [
                "Interchange", "Library", "SemanticTimeline", "TestSupport", "TimelineModel", "VideoOrigin",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "VoicePhrasesTests",
            dependencies: ["Library", "SemanticTimeline", "TestSupport", "TimelineModel", "VoicePhrases"],
            swiftSettings: strict),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Analysis", "Interchange", "Library", "SemanticTimeline", "Server", "TestServers", "TestSupport",
                "TimelineModel", "VideoOrigin",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "Fuzzing", "fuzz",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "Library", "SemanticTimeline", "TestServers", "TestSupport", "TimelineModel", "cueline",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
    ]
)
