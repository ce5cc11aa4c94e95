import Analysis
import Library
import TimelineModel

/// The pieces of a scope, kept among the outputs of stages: they go with the last asset that has the source's
/// bytes, and are not kept for one that is gone.
struct StoredPieces: PieceStore {
    static let stageName = "piece"

    let stores: LibraryStores
    let scope: Scope
    let sourceSHA256: String
    /// Finds nothing: all is to be heard anew.
    let isForced: Bool
    /// Gives a piece to others; nil where there are none.
    var give: (@Sendable (_ bytes: [UInt8], _ key: String) async throws -> Bool)?

    var offers: Bool { give != nil }

    func piece(_ key: String) async -> [UInt8]? {
        guard !isForced, let entry = try? await stores.stages.stages(keys: [key], in: scope).first else { return nil }
        return try? await stores.blobs.read(entry.blobSHA256, in: scope, range: nil)
    }

    func offer(_ bytes: [UInt8], as key: String) async -> Bool { (try? await give?(bytes, key)) ?? false }

    func keep(_ bytes: [UInt8], as key: String) async {
        guard let blob = try? await stores.blobs.keep(bytes, in: scope) else { return }
        let entry = StageEntry(
            key: key, name: Self.stageName, sourceSHA256: sourceSHA256, blobSHA256: blob.sha256,
            sizeBytes: blob.sizeBytes)
        _ = try? await stores.stages.recordIfSourceExists(entry, in: scope)
    }
}
