// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

// The parts of the product that training needs, without its dependencies: sources are links into the tree.
let package = Package(
    name: "tools",
    platforms: [.macOS(.v15)],
    targets: [
        .target(name: "CDense"),
        .target(name: "TimelineModel", swiftSettings: strict),
        .target(name: "Signal", dependencies: ["TimelineModel"], swiftSettings: strict),
        .target(name: "Analysis", dependencies: ["CDense", "Signal", "TimelineModel"], swiftSettings: strict),
        .executableTarget(name: "RhythmDecoding", dependencies: ["Analysis", "TimelineModel"], swiftSettings: strict),
    ]
)
