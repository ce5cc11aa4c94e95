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
        .executable(name: "cueline", targets: ["cueline"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    ],
    targets: [
        .target(name: "TimelineModel", swiftSettings: strict),
        .target(name: "CWhisper"),
        .target(name: "Signal", dependencies: ["TimelineModel"], swiftSettings: strict),
        .target(
            name: "Media",
            dependencies: [
                "TimelineModel",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Analysis",
            dependencies: [
                "CWhisper", "Media", "Signal", "TimelineModel",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),
        .target(name: "Interchange", dependencies: ["TimelineModel"], swiftSettings: strict),
        .executableTarget(
            name: "cueline",
            dependencies: [
                "Analysis", "Interchange", "Media", "TimelineModel",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "TimelineModelTests", dependencies: ["TimelineModel"], swiftSettings: strict),
        .testTarget(
            name: "SignalTests", dependencies: ["Signal", "TimelineModel"], resources: [.copy("Golden")],
            swiftSettings: strict),
        .testTarget(name: "MediaTests", dependencies: ["Media"], swiftSettings: strict),
        .testTarget(
            name: "AnalysisTests", dependencies: ["Analysis", "Media", "Signal", "TimelineModel"],
            swiftSettings: strict),
        .testTarget(name: "InterchangeTests", dependencies: ["Interchange", "TimelineModel"], swiftSettings: strict),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "TimelineModel", "cueline",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
    ]
)
