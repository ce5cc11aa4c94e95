import Signal

/// Collects the samples of the piece that is being heard and hands out its chunks when the piece's end is known.
struct SpeechPieces {
    private static let rate = Double(VoiceActivity.sampleRateHz)

    /// Mono at 16 kHz from ``offset`` on.
    private var samples: [Float] = []
    /// Index of the first kept sample in the recording.
    private var offset = 0
    private var activity = VoiceActivity()
    /// Number of the piece that is being heard, from 1, and where it starts in seconds.
    private var number = 1
    private var start = 0.0

    /// A chunk with its samples and where the recording's plan stands after it, in seconds.
    struct Work: Sendable {
        var chunk: SpeechPlan.Chunk
        var samples: [Float]
    }

    /// A piece whose end is known.
    struct Piece {
        var end: Double
        var chunks: [Work]
    }

    mutating func append(_ block: UnsafeBufferPointer<Float>, probabilities: ArraySlice<Float>) {
        samples.append(contentsOf: block)
        activity.probabilities.append(contentsOf: probabilities)
    }

    /// The next piece, if enough was heard to know where it ends.
    mutating func nextPiece() -> Piece? {
        let known = Double(activity.probabilities.count) * VoiceActivity.hopSeconds
        let needed = Double(number) * SpeechPlan.pieceLength + SpeechPlan.pieceReach + 1
        guard known >= needed else { return nil }
        return close(at: SpeechPlan.pieceEnd(number, activity: activity, duration: .infinity))
    }

    /// What is left of the recording, piece by piece; nil when nothing is left.
    mutating func lastPiece(activity: VoiceActivity, duration: Double) -> Piece? {
        self.activity = activity
        guard start < duration else { return nil }
        return close(at: SpeechPlan.pieceEnd(number, activity: activity, duration: duration))
    }

    private mutating func close(at end: Double) -> Piece {
        let chunks = SpeechPlan.chunks(from: start, to: end, activity: activity).map { chunk in
            let first = min(max(Int(chunk.start * Self.rate) - offset, 0), samples.count)
            let last = min(max(Int(chunk.end * Self.rate) - offset, first), samples.count)
            return Work(chunk: chunk, samples: Array(samples[first..<last]))
        }
        let done = min(max(Int(end * Self.rate) - offset, 0), samples.count)
        samples.removeFirst(done)
        offset += done
        number += 1
        start = end
        return Piece(end: end, chunks: chunks)
    }
}
