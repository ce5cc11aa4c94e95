import Library
import Synchronization

/// Indexes of timelines that were read lately, by the digest of their bytes: they never change.
final class IndexCache: Sendable {
    private struct State {
        var indexes: [String: (index: TimelineIndex, cost: Int, used: Int)] = [:]
        var cost = 0
        var clock = 0
    }

    private let state = Mutex(State())
    /// Bytes of serialized indexes that are kept.
    private let limit = 64 << 20

    /// The index behind a digest.
    ///
    /// - Throws: ``LibraryError`` `blobMissing`, `blobDamaged`, `inputOutput`.
    func index(_ sha256: String, in scope: Scope, blobs: any BlobStore) async throws -> TimelineIndex {
        // Digests say what the bytes are; whose they are was asked before.
        if let index = take(sha256) { return index }
        let bytes = try await blobs.read(sha256, in: scope, range: nil)
        guard let index = TimelineIndex(serialized: bytes) else {
            throw LibraryError(.blobDamaged, "the stored timeline is damaged")
        }
        keep(index, sha256, cost: bytes.count)
        return index
    }

    private func take(_ sha256: String) -> TimelineIndex? {
        state.withLock { state in
            guard let index = state.indexes[sha256]?.index else { return nil }
            state.clock += 1
            state.indexes[sha256]?.used = state.clock
            return index
        }
    }

    private func keep(_ index: TimelineIndex, _ sha256: String, cost: Int) {
        state.withLock { state in
            guard state.indexes[sha256] == nil, cost <= limit else { return }
            state.clock += 1
            state.indexes[sha256] = (index, cost, state.clock)
            state.cost += cost
            while state.cost > limit, let oldest = state.indexes.min(by: { $0.value.used < $1.value.used }) {
                state.indexes[oldest.key] = nil
                state.cost -= oldest.value.cost
            }
        }
    }
}
