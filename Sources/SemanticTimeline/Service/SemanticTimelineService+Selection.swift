import Files
public import Library
public import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// For the modules above: which timeline stands for a recording, and what it says.
extension SemanticTimelineService {
    /// The timelines that may stand for a recording, best first, as for a clip: of its present bytes, with all that is
    /// asked for, real before stub, then newest.
    ///
    /// - Parameter artifact: a derived recording whose own timelines are meant; nil for those of the asset itself.
    package func suitableTimelines(
        ofAsset asset: MediaAsset, artifact: DerivedArtifact?, includeBeats: Bool, includeSpeechMusic: Bool
    ) async throws -> [StoredTimeline] {
        let all = try await stores.timelines.timelines(
            ofAsset: asset.id, sourceArtifactID: artifact?.id, in: asset.scope)
        guard !all.isEmpty else { return [] }
        var selection = TimelineSelection(includeBeats: includeBeats, includeSpeechMusic: includeSpeechMusic)
        if let artifact {
            selection.sourceSHA256 = try await resolver.presentSHA256(of: artifact)
        } else {
            selection.sourceSHA256 = try await resolver.presentSHA256(of: asset)
        }
        return selection.ranked(all)
    }

    /// Whether both blobs of a timeline are there and what they should be.
    package func isWhole(_ timeline: StoredTimeline) async throws -> Bool {
        guard let content = timeline.artifact.content else { return false }
        return try await isWhole(
            timeline.artifact.id, document: content.sha256, index: timeline.record.indexSHA256,
            in: timeline.artifact.scope)
    }

    /// A reader of parts of a timeline.
    ///
    /// - Throws: ``SemanticTimelineError`` `timelineNotFound` where its index is missing or damaged. Reading throws
    ///   `LibraryError` for parts that are.
    package func reader(of timeline: StoredTimeline) async throws -> TimelineReader {
        try await translatingErrors {
            try await self.readingWhole(timeline.artifact.id) { try await self.reader(timeline) }
        }
    }

    /// A whole timeline.
    ///
    /// - Throws: ``SemanticTimelineError`` `timelineNotFound`.
    public func summary(ofTimeline artifactID: String, in scope: Scope) async throws -> AudioSemanticTimelineSummary {
        let (artifact, bytes) = try await translatingErrors { try await self.document(artifactID, in: scope) }
        return try Self.summary(of: artifact, bytes)
    }

    /// A timeline from its stored bytes.
    ///
    /// - Throws: ``SemanticTimelineError`` `timelineNotFound` for bytes that are none.
    public static func summary(of artifact: DerivedArtifact, _ bytes: [UInt8]) throws -> AudioSemanticTimelineSummary {
        guard var summary = try? TimelineJSON.decode(AudioSemanticTimelineSummary.self, from: Data(bytes)) else {
            throw damaged
        }
        summary.artifactID = artifact.id
        return summary
    }

    /// The bytes of an artifact.
    ///
    /// - Throws: ``SemanticTimelineError`` `fetchFailed` when they are gone or damaged; `mediaTooLarge` beyond the limit.
    package func content(of artifact: DerivedArtifact, limit: Int) async throws -> [UInt8] {
        let tooLarge = SemanticTimelineError(
            .mediaTooLarge, "the artifact is larger than \(limit) bytes", resourceKind: "artifact")
        let gone = SemanticTimelineError(
            .fetchFailed, "the artifact's bytes cannot be read", resourceKind: "artifact")
        if let content = artifact.content, content.isStored {
            guard content.sizeBytes <= limit else { throw tooLarge }
            do {
                return try await stores.blobs.read(content.sha256, in: artifact.scope, range: nil)
            } catch is LibraryError {
                throw gone
            }
        }
        if Self.isBucketURI(artifact.uri) {
            do {
                return try await withSource(at: artifact.uri, field: "uri", in: artifact.scope) { path in
                    try await BlockingWork.run { _ in
                        try Self.bytes(of: try OpenFile(path: path, for: .reading), limit, gone, tooLarge)
                    }
                }
            } catch let error where error is LibraryError || error is FileError {
                throw gone
            }
        }
        guard let path = try? fileSources.path(of: artifact.uri) else { throw gone }
        return try await BlockingWork.run { _ in
            try Self.bytes(of: try self.fileSources.open(path), limit, gone, tooLarge)
        }
    }

    private static func bytes(
        of file: OpenFile, _ limit: Int, _ gone: SemanticTimelineError, _ tooLarge: SemanticTimelineError
    ) throws -> [UInt8] {
        guard let size = file.stamp?.size else { throw gone }
        guard size <= Int64(limit) else { throw tooLarge }
        guard let bytes = try? file.read(at: 0, count: Int(size)) else { throw gone }
        return bytes
    }
}
