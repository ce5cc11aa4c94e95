import Signal

/// A second or two of talking, as the speaker encoder hears it and as it counts afterwards. In frames of 10 ms.
package struct SpeakerStretch: Sendable, Hashable {
    /// What is heard, in order: talking with short pauses left out.
    package var heard: [Range<Int>]
    /// What the stretch stands for. Stretches that overlap share what both heard.
    package var span: Range<Int>
    /// Frames of talking in the span.
    package var weight: Int

    package init(heard: [Range<Int>], span: Range<Int>, weight: Int) {
        self.heard = heard
        self.span = span
        self.weight = weight
    }

    package var heardCount: Int { heard.reduce(0) { $0 + $1.count } }
}

/// Cuts talking into stretches for the speaker encoder, as the probabilities of speech come in.
///
/// Utterances that pauses of less than 0.3 s part are heard as one talk, without the pauses: the encoder knows a voice
/// far better by 1.6 s of it than by a word. Talk of up to 1.6 s is one stretch, longer talk gives stretches of 1.6 s
/// about every 0.8 s.
package struct SpeakerStretches {
    /// Frames of a full stretch.
    static let length = SpeakerEncoder.longest
    /// Frames from one stretch to the next, at most.
    static let step = 80
    /// Talk below this many frames says too little about a voice.
    static let shortest = 40
    private static let onset: Float = 0.5
    private static let offset: Float = 0.35
    /// Hops of an utterance, and of a pause that ends one (128 ms).
    private static let shortestRun = 4
    /// Hops of a pause that ends a talk (0.32 s).
    private static let pause = 10
    /// Hops after which a talk is cut even so (half a minute): what is not cut must be kept.
    private static let longestTalk = 940

    /// Probabilities heard so far.
    private var hops = 0
    /// Where the utterance began that is not over, and where it fell quiet.
    private var start: Int?
    private var quiet: Int?
    /// The utterances of the talk that is not over, in hops.
    private var talk: [Range<Int>] = []

    package init() {}

    /// No stretch to come begins before this frame.
    package var earliestFrame: Int { Self.frame(of: talk.first?.lowerBound ?? start ?? hops) }

    /// Takes one probability; appends the stretches that became known, in order.
    package mutating func append(_ probability: Float, into stretches: inout [SpeakerStretch]) {
        if probability >= Self.onset {
            if start == nil { start = hops }
            quiet = nil
        } else if start != nil, probability < Self.offset {
            let since = quiet ?? hops
            quiet = since
            if hops + 1 - since >= Self.shortestRun { endUtterance(at: since) }
        }
        hops += 1
        if let start, hops - (talk.first?.lowerBound ?? start) >= Self.longestTalk {
            endUtterance(at: quiet ?? hops)
            endTalk(into: &stretches)
        } else if start == nil, let last = talk.last, hops - last.upperBound >= Self.pause {
            endTalk(into: &stretches)
        }
    }

    /// Ends the recording after `frames`.
    package mutating func finish(frames: Int, into stretches: inout [SpeakerStretch]) {
        endUtterance(at: quiet ?? hops)
        endTalk(into: &stretches, limit: frames)
    }

    private mutating func endUtterance(at end: Int) {
        defer {
            start = nil
            quiet = nil
        }
        guard let start, end - start >= Self.shortestRun else { return }
        talk.append(start..<end)
    }

    private mutating func endTalk(into stretches: inout [SpeakerStretch], limit: Int = .max) {
        let frames = talk.flatMap { hops in
            let begin = Self.frame(of: hops.lowerBound)
            return begin..<max(begin, min(limit, Self.frame(of: hops.upperBound)))
        }
        talk.removeAll()
        guard frames.count >= Self.shortest else { return }
        let room = max(0, frames.count - Self.length)
        let steps = (room + Self.step - 1) / Self.step
        let starts = (0...steps).map { steps == 0 ? 0 : room * $0 / steps }
        for (index, begin) in starts.enumerated() {
            let end = min(frames.count, begin + Self.length)
            // Where two stretches overlap, each stands for what is nearer to its middle.
            let first = index == 0 ? 0 : (starts[index - 1] + begin + Self.length) / 2
            let last = index == steps ? frames.count : (begin + starts[index + 1] + Self.length) / 2
            stretches.append(
                SpeakerStretch(
                    heard: Self.runs(frames[begin..<end]), span: frames[first]..<(frames[last - 1] + 1),
                    weight: last - first))
        }
    }

    /// Rising numbers as ranges.
    private static func runs(_ frames: ArraySlice<Int>) -> [Range<Int>] {
        var result: [Range<Int>] = []
        for frame in frames {
            if let last = result.last, last.upperBound == frame {
                result[result.count - 1] = last.lowerBound..<(frame + 1)
            } else {
                result.append(frame..<(frame + 1))
            }
        }
        return result
    }

    /// The frame nearest to a hop's beginning.
    private static func frame(of hop: Int) -> Int {
        (hop * VoiceActivity.hop + SpeakerFeatures.hop / 2) / SpeakerFeatures.hop
    }
}

extension SpeakerStretches {
    func save(to writer: inout StateWriter) {
        writer.write(hops)
        writer.write(start)
        writer.write(quiet)
        writer.write(talk)
    }

    mutating func restore(from reader: inout StateReader) throws {
        hops = try reader.value()
        start = try reader.value()
        quiet = try reader.value()
        talk = try reader.ranges()
    }
}
