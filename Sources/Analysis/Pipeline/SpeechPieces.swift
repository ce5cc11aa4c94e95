import Signal

/// Collects the samples of the piece that is being heard and hands out its chunks when the piece's end is known.
struct SpeechPieces {
    /// Mono at 16 kHz from ``offset`` on.
    private var samples: [Float] = []
    /// Index of the first kept sample in the recording.
    private var offset = 0
    private var activity = VoiceActivity()
    /// Number of the piece that is being heard, from 1, and where it starts in seconds.
    private var number = 1
    private var start = 0.0

    /// A piece whose end is known, with its samples.
    struct Piece {
        /// Seconds from the recording's zero.
        var end: Double
        var chunks: [SpeechPlan.Chunk]
        fileprivate var samples: [Float]
        fileprivate var offset: Int

        /// The samples of one of its chunks, mono at 16 kHz.
        func samples(of chunk: SpeechPlan.Chunk) -> [Float] {
            let first = min(max(Int(chunk.start * rate) - offset, 0), samples.count)
            let last = min(max(Int(chunk.end * rate) - offset, first), samples.count)
            return Array(samples[first..<last])
        }
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
        let done = min(max(Int(end * rate) - offset, 0), samples.count)
        let rest = Array(samples[done...])
        let piece = Piece(
            end: end, chunks: SpeechPlan.chunks(from: start, to: end, activity: activity), samples: samples,
            offset: offset)
        samples = rest
        offset += done
        number += 1
        start = end
        return piece
    }
}

private let rate = Double(VoiceActivity.sampleRateHz)
