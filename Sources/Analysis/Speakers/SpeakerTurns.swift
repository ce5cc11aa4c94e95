package import TimelineModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension SpeakerVoices {
    /// Says who speaks when.
    ///
    /// - Parameter speech: Where there is speech, in seconds, in order and apart. Only voices in it count.
    /// - Returns: For each stretch of speech one turn or more, from its beginning to its end without a gap; neighbours
    ///   within a stretch have different speakers. Empty when no voice was heard in the speech.
    /// - Throws: `CancellationError`.
    package func turns(speech: [Range<Double>]) throws -> [SpeakerTurn] {
        let heard = stretches.indices.filter { isSpeech(stretches[$0], speech) }
        guard !heard.isEmpty else { return [] }
        let clustering = try SpeakerClustering(
            vectors: vectors, places: heard, weights: heard.map { stretches[$0].weight },
            heardCounts: heard.map { stretches[$0].heardCount })
        let parts = heard.enumerated().map { place, index in
            Part(
                span: stretches[index].span, voice: clustering.labels[place],
                confidence: Self.confidence(of: place, in: clustering))
        }
        return numbered(Self.pieces(of: speech, parts))
    }

    /// A piece of speech shorter than this (seconds) between others is none of its own.
    private static let shortestPiece = 0.3

    /// A stretch whose speaker is known.
    private struct Part {
        var span: Range<Int>
        var voice: Int
        var confidence: Double

        var start: Double { Double(span.lowerBound) * frameSeconds }
        var end: Double { Double(span.upperBound) * frameSeconds }
    }

    /// A piece of speech. Confidence is summed up over the seconds that a stretch stands for.
    private struct Piece {
        var start: Double
        var end: Double
        var voice: Int
        var known: Double
        var confidence: Double
    }

    /// Whether at least half of a stretch is speech.
    private func isSpeech(_ stretch: Stretch, _ speech: [Range<Double>]) -> Bool {
        let start = Double(stretch.span.lowerBound) * Self.frameSeconds
        let end = Double(stretch.span.upperBound) * Self.frameSeconds
        var overlap = 0.0
        for range in speech[Self.first(speech, endingAfter: start)...] {
            guard range.lowerBound < end else { break }
            overlap += max(0, min(end, range.upperBound) - max(start, range.lowerBound))
        }
        return overlap >= (end - start) / 2
    }

    /// The place of the first range that ends after a time.
    private static func first(_ ranges: [Range<Double>], endingAfter time: Double) -> Int {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound > time { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// How sure a stretch's voice is, by how much likelier it is than the next; where there is one voice, than a
    /// stranger's, whose cosine is 0 on average. Fitted to labelled recordings.
    private static func confidence(of stretch: Int, in clustering: SpeakerClustering) -> Double {
        let own = clustering.labels[stretch]
        var other: Float = clustering.voices.count > 1 ? -1 : 0
        for voice in clustering.voices.indices where voice != own {
            other = max(other, clustering.likeness(stretch, to: voice))
        }
        return 1 / (1 + exp(0.2 - 8 * Double(clustering.likeness(stretch, to: own) - other)))
    }

    /// Cuts speech where the voice changes. Between two parts that do not touch, that is in the middle.
    private static func pieces(of speech: [Range<Double>], _ parts: [Part]) -> [[Piece]] {
        var place = 0
        return speech.map { range in
            guard !range.isEmpty else { return [] }
            // The first part whose right border is behind the beginning.
            while place + 1 < parts.count, border(parts, after: place) <= range.lowerBound { place += 1 }
            var pieces: [Piece] = []
            var index = place
            var start = range.lowerBound
            while start < range.upperBound {
                let part = parts[index]
                let isLast = index + 1 == parts.count
                let end = isLast ? range.upperBound : min(range.upperBound, border(parts, after: index))
                if end > start {
                    let known = max(0, min(end, part.end) - max(start, part.start))
                    add(
                        Piece(
                            start: start, end: end, voice: part.voice, known: known,
                            confidence: known * part.confidence), to: &pieces)
                    start = end
                }
                if !isLast { index += 1 }
            }
            return withoutSlivers(pieces)
        }
    }

    /// Where a part gives way to the next one.
    private static func border(_ parts: [Part], after index: Int) -> Double {
        (parts[index].end + parts[index + 1].start) / 2
    }

    private static func add(_ piece: Piece, to pieces: inout [Piece]) {
        guard let last = pieces.last, last.voice == piece.voice else { return pieces.append(piece) }
        pieces[pieces.count - 1].end = piece.end
        pieces[pieces.count - 1].known += piece.known
        pieces[pieces.count - 1].confidence += piece.confidence
    }

    /// Gives pieces that are too short to a neighbour, the longer one.
    private static func withoutSlivers(_ pieces: [Piece]) -> [Piece] {
        var rest = pieces
        var result: [Piece] = []
        for index in rest.indices {
            var piece = rest[index]
            if piece.end - piece.start < shortestPiece {
                let before = result.last.map { $0.end - $0.start } ?? 0
                let after = index + 1 < rest.count ? rest[index + 1].end - rest[index + 1].start : 0
                if after > before {
                    rest[index + 1].start = piece.start
                    continue
                }
                if let last = result.last {
                    piece.voice = last.voice
                    piece.known = 0
                    piece.confidence = 0
                }
            }
            add(piece, to: &result)
        }
        return result
    }

    /// Numbers voices in the order in which they are heard.
    private func numbered(_ pieces: [[Piece]]) -> [SpeakerTurn] {
        var numbers: [Int: Int] = [:]
        return pieces.joined().map { piece in
            let number = numbers[piece.voice] ?? numbers.count + 1
            numbers[piece.voice] = number
            return SpeakerTurn(
                start: piece.start, end: piece.end, speaker: number,
                confidence: piece.known > 0 ? piece.confidence / piece.known : 0)
        }
    }
}
