import Crypto
package import Library
package import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Reads parts of a stored timeline through its index.
package struct TimelineReader: Sendable {
    package let index: TimelineIndex
    private let document: String
    private let scope: Scope
    private let blobs: any BlobStore

    /// - Parameter document: SHA-256 of the stored JSON.
    package init(index: TimelineIndex, document: String, scope: Scope, blobs: any BlobStore) {
        self.index = index
        self.document = document
        self.scope = scope
        self.blobs = blobs
    }

    package var durationMs: Int { index.skeleton.durationMs }

    /// What a window `[fromMs, toMs)` needs: its events, beats and loudness values, and a little around them.
    ///
    /// - Throws: ``LibraryError`` `blobMissing`, `blobDamaged`, `inputOutput`.
    package func excerpt(fromMs: Int, toMs: Int) async throws -> TimelineExcerpt {
        var summary = index.skeleton
        summary.events = try await events(overlapping: fromMs, toMs).map(\.element)
        summary.beats = try await elements(
            BeatEvent.self, of: index.beats.filter { $0.firstMs < toMs && $0.lastMs >= fromMs })
        let hop = max(1, summary.meta.loudness?.hopMs ?? 100)
        let wanted = (fromMs / hop)..<max(fromMs / hop + 1, toMs / hop + 2)
        let end = index.loudnessCount
        // A window that reaches the end takes the last, partial hop too.
        let reachesEnd = toMs >= durationMs
        let chunks = index.loudness.filter {
            $0.firstIndex < wanted.upperBound && $0.firstIndex + $0.count > wanted.lowerBound
                || reachesEnd && $0.firstIndex + $0.count == end
        }
        summary.meta.loudness?.values = try await elements(
            Double?.self, of: Self.contiguous(chunks, of: index.loudness))
        return TimelineExcerpt(
            summary: summary, loudnessOffset: chunks.first?.firstIndex ?? end, loudnessCount: end)
    }

    /// The events that overlap `[fromMs, toMs)`, with their numbers in the timeline, in order.
    package func events(overlapping fromMs: Int, _ toMs: Int) async throws -> [(number: Int, element: AudioEvent)] {
        var found: [(number: Int, element: AudioEvent)] = []
        for chunk in index.events where chunk.firstMs < toMs && chunk.lastMs > fromMs {
            for (offset, event) in try await elements(AudioEvent.self, of: [chunk]).enumerated()
            where event.startMs < toMs && event.endMs > fromMs {
                found.append((chunk.firstIndex + offset, event))
            }
        }
        return found
    }

    /// The elements of some neighbouring chunks.
    package func elements<Element: Decodable>(
        _ type: Element.Type, of chunks: [TimelineIndex.Chunk]
    ) async throws -> [Element] {
        guard let first = chunks.first, let last = chunks.last else { return [] }
        let bytes = try await blobs.read(document, in: scope, range: first.bytes.lowerBound..<last.bytes.upperBound)
        for chunk in chunks {
            let start = Int(chunk.bytes.lowerBound - first.bytes.lowerBound)
            let end = Int(chunk.bytes.upperBound - first.bytes.lowerBound)
            guard start >= 0, start <= end, end <= bytes.count,
                SHA256.hash(data: bytes[start..<end]).elementsEqual(chunk.digest)
            else { throw LibraryError(.blobDamaged, "the stored timeline is damaged") }
        }
        do {
            return try TimelineJSON.decode([Element].self, from: Data("[".utf8) + bytes + Data("]".utf8))
        } catch {
            throw LibraryError(.blobDamaged, "the stored timeline is damaged", underlying: "\(error)")
        }
    }

    /// All chunks from the first to the last of some, so that their bytes are one run.
    private static func contiguous(
        _ some: [TimelineIndex.Chunk], of all: [TimelineIndex.Chunk]
    ) -> [TimelineIndex.Chunk] {
        guard let first = some.first, let last = some.last else { return [] }
        return all.filter { $0.firstIndex >= first.firstIndex && $0.firstIndex <= last.firstIndex }
    }
}
