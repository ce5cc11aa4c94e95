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
    /// What aligning asked before; nil where nothing is kept.
    var cueCache: CueCache?

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
        let hop = max(1, index.skeleton.meta.loudness?.hopMs ?? 100)
        let wanted = (fromMs / hop)..<max(fromMs / hop + 1, toMs / hop + 2)
        // A window that reaches the end takes the last, partial hop too.
        let first = min(max(wanted.lowerBound, 0), index.loudnessCount)
        let end = toMs >= durationMs ? index.loudnessCount : min(wanted.upperBound, index.loudnessCount)
        let curve = index.loudness(containing: first..<max(first, end))
        async let events = elements(
            AudioEvent.self, of: TimelineIndex.chunks(index.events, overlapping: fromMs, toMs))
        // A beat at the very start of the window belongs to it.
        async let beats = elements(
            BeatEvent.self, of: TimelineIndex.chunks(index.beats, overlapping: fromMs - 1, toMs))
        async let values = elements(Double?.self, of: curve)
        var summary = index.skeleton
        summary.events = try await events
        summary.beats = try await beats
        summary.meta.loudness?.values = try await values
        return TimelineExcerpt(
            summary: summary, loudnessOffset: curve.first?.firstIndex ?? index.loudnessCount,
            loudnessCount: index.loudnessCount)
    }

    /// The elements of some chunks, in order. Neighbours are read together.
    package func elements<Element: Decodable & Sendable>(
        _ type: Element.Type, of chunks: some Collection<TimelineIndex.Chunk> & Sendable
    ) async throws -> [Element] {
        var found: [Element] = []
        for run in chunks.neighbours {
            guard let first = run.first, let last = run.last else { continue }
            let bytes = try await blobs.read(
                document, in: scope, range: first.bytes.lowerBound..<last.bytes.upperBound)
            for chunk in run {
                let start = Int(chunk.bytes.lowerBound - first.bytes.lowerBound)
                let end = Int(chunk.bytes.upperBound - first.bytes.lowerBound)
                guard start >= 0, start <= end, end <= bytes.count,
                    SIMD32(SHA256.hash(data: bytes[start..<end])) == chunk.digest
                else { throw LibraryError(.blobDamaged, "the stored timeline is damaged") }
            }
            do {
                found += try TimelineJSON.decode([Element].self, from: Data("[".utf8) + bytes + Data("]".utf8))
            } catch {
                throw LibraryError(.blobDamaged, "the stored timeline is damaged", underlying: "\(error)")
            }
        }
        return found
    }
}

extension TimelineIndex {
    /// The chunks of loudness values that hold some of them, by number.
    fileprivate func loudness(containing numbers: Range<Int>) -> ArraySlice<Chunk> {
        guard let first = loudness.first, first.count > 0, !numbers.isEmpty else { return [] }
        // All but the last are of one length.
        let low = min(numbers.lowerBound / first.count, loudness.count)
        let high = min((numbers.upperBound - 1) / first.count + 1, loudness.count)
        return loudness[low..<max(low, high)]
    }
}

extension Collection<TimelineIndex.Chunk> {
    /// Runs of chunks that follow each other in the document.
    fileprivate var neighbours: [[TimelineIndex.Chunk]] {
        var runs: [[TimelineIndex.Chunk]] = []
        for chunk in self {
            if let last = runs.last?.last, last.firstIndex + last.count == chunk.firstIndex {
                runs[runs.count - 1].append(chunk)
            } else {
                runs.append([chunk])
            }
        }
        return runs
    }
}
