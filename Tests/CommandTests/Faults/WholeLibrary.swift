import Foundation
import Library
import SemanticTimeline
import Testing
import TimelineModel

/// What must hold of a library whatever was done to the processes that wrote it.
enum WholeLibrary {
    /// Opens a library and looks at every row and all bytes: each row's sum and each row's bytes are right, each timeline keeps its
    /// promises.
    ///
    /// - Returns: how long opening took, in seconds, and the ids of assets and artifacts.
    @discardableResult
    static func check(
        _ path: String, scope: Scope = Scope(tenantID: "local", env: "dev"), _ what: String,
        location: SourceLocation = #_sourceLocation
    ) async throws -> (seconds: Double, ids: Set<String>) {
        let start = ContinuousClock.now
        let library = try LibraryFolder.open(path)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let damage = try await library.database.damage()
        #expect(damage.isNone, "\(what): \(damage)", sourceLocation: location)
        var ids: Set<String> = []
        var cursor: Int64?
        repeat {
            let page = try await library.database.assets(
                in: scope, matching: AssetFilter(), page: PageRequest(limit: 100, cursor: cursor))
            for asset in page.items {
                ids.insert(asset.id)
                if let content = asset.content, content.isStored {
                    let size = try await library.blobs.verify(content.sha256, in: scope)
                    #expect(size == content.sizeBytes, "\(what)", sourceLocation: location)
                }
                for artifact in try await library.database.artifacts(ofAsset: asset.id, in: scope) {
                    ids.insert(artifact.id)
                    let document = try #require(artifact.content, sourceLocation: location)
                    let bytes = try await library.blobs.read(document.sha256, in: scope, range: nil)
                    let summary: AudioSemanticTimelineSummary = try TimelineJSON.decode(from: Data(bytes))
                    #expect(summary.violations == [], "\(what)", sourceLocation: location)
                    let stored = try #require(
                        try await library.database.timeline(artifactID: artifact.id, in: scope),
                        sourceLocation: location)
                    let index = try await library.blobs.read(stored.record.indexSHA256, in: scope, range: nil)
                    #expect(
                        TimelineIndex(serialized: index)?.documentSize == Int64(bytes.count), "\(what)",
                        sourceLocation: location)
                }
            }
            cursor = page.next
        } while cursor != nil
        return (seconds, ids)
    }

    /// Files that writers who died left behind.
    static func leftovers(_ path: String) -> [String] {
        ["tmp", "work"].flatMap { (try? FileManager.default.subpathsOfDirectory(atPath: "\(path)/\($0)")) ?? [] }
    }
}
