import TimelineModel

/// Decides about a recording of any length in windows of ten minutes, so that what deciding needs does not grow with it.
///
/// Each window is heard with a minute to either side, more than a decision looks at (but for how loud a longer talk is), and
/// gives its own part only; what reaches over a border is put together again. What depends on the whole, the level of silence, is told to all of them.
struct SceneWindows {
    /// Frames of a window and of what is heard to either side of it; multiples of 16, so that steps and hops begin with them.
    static let length = 60_000
    static let margin = 6000

    /// dBFS for each 10 ms.
    let levels: PackedNumbers
    /// `[steps][outputs]` of the network.
    let logits: PackedNumbers
    let voice: [Float]?
    let sampleCount: Int
    /// Seconds.
    let minSilence: Double
    let options: SceneDecoder.Options
    var length = Self.length
    var margin = Self.margin

    func layers() -> SceneLayers {
        guard !levels.isEmpty, logits.count >= SceneNetwork.outputs else { return SceneLayers() }
        let threshold = QuietRule.threshold(levels: levels)
        var whole = SceneDecoder.Runs()
        var start = 0
        while start < levels.count {
            // A rest that is shorter than the margin is no window of its own.
            let end = levels.count - start < length + margin ? levels.count : start + length
            let heard = max(0, start - margin)..<min(levels.count, end + margin)
            whole.append(decoder(heard, threshold: threshold).runs(in: start..<end))
            start = end
        }
        return SceneLayers(
            speech: segments(whole.speech, SceneDecoder.trust.speech),
            music: segments(whole.music, SceneDecoder.trust.music),
            silence: segments(whole.silence, SceneDecoder.trust.silence),
            other: segments(whole.other, SceneDecoder.trust.other))
    }

    /// What decides about some frames.
    private func decoder(_ frames: Range<Int>, threshold: Float) -> SceneDecoder {
        let outputs = SceneNetwork.outputs
        let firstStep = SceneDecoder.step(of: frames.lowerBound)
        let steps = firstStep..<min(logits.count / outputs, SceneDecoder.step(of: frames.upperBound) + 1)
        let hops = SceneDecoder.hop(of: frames.lowerBound)..<(SceneDecoder.hop(of: frames.upperBound) + 1)
        return SceneDecoder(
            levels: levels[frames],
            logits: logits[(steps.lowerBound * outputs)..<(steps.upperBound * outputs)],
            voice: voice.map { Array($0[hops.clamped(to: 0..<$0.count)]) }, first: frames.lowerBound,
            threshold: threshold, minSilence: minSilence, options: options)
    }

    private func segments(_ runs: [SceneDecoder.Run], _ trust: SceneDecoder.Trust) -> [LayerSegment] {
        let duration = Double(sampleCount) / Double(SceneAnalyzer.sampleRateHz)
        return runs.compactMap { run in
            let start = Double(run.frames.lowerBound) * SceneDecoder.frameSeconds
            // A last piece shorter than a frame belongs to the last run.
            let isLast = run.frames.upperBound == levels.count
            let end = isLast ? duration : Double(run.frames.upperBound) * SceneDecoder.frameSeconds
            guard end > start else { return nil }
            return LayerSegment(
                start: start, end: end, confidence: trust.confidence(run.probability / Double(run.frames.count)))
        }
    }
}

extension SceneDecoder {
    /// Frames of the recording that one layer claims.
    struct Run {
        var frames: Range<Int>
        /// Summed up over the frames.
        var probability: Double
    }

    /// What the layers claim, in order and apart.
    struct Runs {
        var speech: [Run] = []
        var music: [Run] = []
        var silence: [Run] = []
        var other: [Run] = []

        /// Adds what is claimed behind; what meets at the border is one.
        mutating func append(_ next: Runs) {
            for layer in [\Runs.speech, \.music, \.silence, \.other] {
                var rest = next[keyPath: layer][...]
                if let last = self[keyPath: layer].last, let first = rest.first,
                    last.frames.upperBound == first.frames.lowerBound
                {
                    let joined = Run(
                        frames: last.frames.lowerBound..<first.frames.upperBound,
                        probability: last.probability + first.probability)
                    self[keyPath: layer][self[keyPath: layer].count - 1] = joined
                    rest = rest.dropFirst()
                }
                self[keyPath: layer] += rest
            }
        }
    }
}
