// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "features",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "cueline", path: "../../..")],
    targets: [
        .executableTarget(
            name: "SceneFeatures",
            dependencies: [
                .product(name: "Analysis", package: "cueline"), .product(name: "Signal", package: "cueline"),
            ])
    ]
)
