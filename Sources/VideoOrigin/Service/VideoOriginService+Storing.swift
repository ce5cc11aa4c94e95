import Crypto
import Files
public import Library
import SemanticTimeline
import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A shot list with its JSON as it is stored and sent.
public struct StoredShotList: Sendable {
    public var result: ShotListResult
    public let json: [UInt8]
}

extension VideoOriginService {
    /// Most bytes of a stored list.
    private static let maximumBytes = 64 << 20

    /// Stores a list under an id that is made of its content, unless it is there already.
    ///
    /// - Parameter parentAssetID: nil for a list without clips, which is not kept.
    func store(_ result: ShotListResult, parentAssetID: String?, in scope: Scope) async throws -> StoredShotList {
        var result = result
        // The shots are most of it, and are encoded once.
        let shots = try TimelineJSON.encode(result.shots)
        guard let parentAssetID else {
            result.meta["artifact_id"] = .null
            result.meta["uri"] = .null
            return StoredShotList(result: result, json: try Self.json(result.meta, shots: shots))
        }
        var fields = IdentityFields()
        fields.append("version", Self.version)
        fields.append("tenant_id", scope.tenantID)
        fields.append("env", scope.env)
        var hash = SHA256()
        hash.update(data: fields.bytes)
        hash.update(data: try Self.json(result.meta, shots: shots))
        let id = LibraryID.make("art", digest: Array(hash.finalize()))
        result.meta["artifact_id"] = .string(id)
        result.meta["uri"] = .string(SemanticTimelineService.contentURI(ofArtifact: id))
        let list = StoredShotList(result: result, json: try Self.json(result.meta, shots: shots))
        let digest = hexadecimal(SHA256.hash(data: list.json))
        if try await isKept(id, as: digest, in: scope) { return list }
        let staged = try await service.stores.blobs.stage()
        let content: ContentFacts
        do {
            try await staged.append(list.json)
            content = try await staged.publish(in: scope)
        } catch {
            await staged.discard()
            throw error
        }
        do {
            try await service.stores.artifacts.insert(
                artifact(id, of: result, parentAssetID: parentAssetID, content: content, in: scope), timeline: nil)
        } catch let error as LibraryError where error.code == .conflict {
            // Somebody asked the same at the same time, or the bytes were damaged and are whole again.
            guard try await isKept(id, as: digest, in: scope) else { throw error }
        } catch let error as LibraryError where error.code == .missingParent {
            throw SemanticTimelineError.notFound(.audioNotFound, "asset")
        }
        return list
    }

    /// Whether a list is stored, and whole.
    ///
    /// - Throws: ``LibraryError`` `conflict` when something else has its id.
    private func isKept(_ id: String, as digest: String, in scope: Scope) async throws -> Bool {
        guard let known = try await service.stores.artifacts.artifact(id, in: scope) else { return false }
        guard known.kind == .videoShotList, known.content?.sha256 == digest else {
            throw LibraryError(.conflict, "there is already another artifact of the list's id")
        }
        do {
            _ = try await service.stores.blobs.verify(digest, in: scope)
            return true
        } catch let error as LibraryError where error.code == .blobMissing || error.code == .blobDamaged {
            return false
        }
    }

    /// A result's JSON, as `TimelineJSON` writes it.
    private static func json(_ meta: [String: JSONValue], shots: Data) throws -> [UInt8] {
        Array("{\"meta\":".utf8) + (try TimelineJSON.encode(meta)) + Array(",\"shots\":".utf8) + shots
            + Array("}".utf8)
    }

    private func artifact(
        _ id: String, of result: ShotListResult, parentAssetID: String, content: ContentFacts, in scope: Scope
    ) -> DerivedArtifact {
        var meta = result.meta.filter { name, _ in
            name.hasPrefix("semantic")
                || ["alignment", "missing_semantics", "frame_rate", "sequence_id"].contains(name)
        }
        meta["shot_count"] = result.meta["count"]
        meta["pipeline_hash"] = .string(content.sha256)
        meta["backend_version"] = .string(Self.version)
        let end = result.shots.map { $0.targetStartMs + $0.targetDurationMs }.max()
        return DerivedArtifact(
            id: id, parentAssetID: parentAssetID, scope: scope, kind: .videoShotList,
            uri: SemanticTimelineService.contentURI(ofArtifact: id), createdAt: .now, startMs: 0, endMs: end,
            meta: meta, content: content)
    }

    /// A stored list.
    ///
    /// - Throws: `SemanticTimelineError` `mediaNotFound` for what is no shot list, and for one whose bytes are gone or
    ///   damaged; `validation` (422) for an artifact of the kind that somebody registered and that holds none.
    public func storedList(_ artifactID: String, in scope: Scope) async throws -> StoredShotList {
        guard let artifact = try await service.stores.artifacts.artifact(artifactID, in: scope),
            artifact.kind == .videoShotList
        else { throw SemanticTimelineError.notFound(.mediaNotFound, "shot list") }
        let bytes: [UInt8]
        do {
            bytes = try await service.content(of: artifact, limit: Self.maximumBytes)
        } catch let error as SemanticTimelineError where error.code == .fetchFailed {
            throw SemanticTimelineError(
                .mediaNotFound, "the shot list's bytes are not there; ask for it again", resourceKind: "shot list")
        }
        do {
            return StoredShotList(result: try ShotListResult(stored: bytes), json: bytes)
        } catch {
            throw SemanticTimelineError(
                .validation, "the artifact holds no shot list", resourceKind: "artifact", underlying: "\(error)",
                httpStatus: 422)
        }
    }
}
