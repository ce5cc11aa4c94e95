package import Signal
public import TimelineModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds tempo, beats and bars in a recording.
///
/// Samples become log spectra (`RhythmFrontEnd`), those the activations of a small network (`RhythmNetwork`), and those beats
/// and bars by a bar-pointer model (`BarPointerDecoder`), all as they come: memory does not grow with the recording but for the
/// beats. Results do not depend on how the samples were divided into blocks. One tracker serves one recording and one thread.
/// NaN and infinities count as 0.
public final class RhythmTracker {
    /// Rate of the samples that the tracker takes: mono, this many a second.
    public static let sampleRateHz = 22_050
    /// Raised whenever the output for the same input may change.
    public static let version = "rhythm-5"

    private let hints: RhythmHints
    private let frontEnd = RhythmFrontEnd()
    private lazy var network = RhythmNetworkStream()
    private var activations = BeatActivations()
    private let decoder: BarPointerDecoder
    private var history: ActivationHistory
    /// Nil where activations are given instead of samples.
    private var sounds: BeatSounds?
    private var pulses = GrowingList<PlainPulse>()
    /// What sounds at the pulses, one after the other.
    private var pulseSounds = GrowingList<Float>()

    /// A pulse without its sound.
    private struct PlainPulse: BitwiseCopyable {
        var time: Double
        var likelihood: Double
        var downbeatShare: Double
        var meter: Int
        var position: Int
        var run: Int
    }

    /// Begins a recording.
    ///
    /// - Parameter hints: What the caller knows about tempo and metre.
    public init(hints: RhythmHints = RhythmHints()) {
        self.hints = hints
        decoder = BarPointerDecoder(hints: hints)
        history = ActivationHistory(depth: decoder.depth + BeatActivations.reach + 16)
        sounds = BeatSounds(
            depth: decoder.depth + BeatActivations.reach + RhythmNetwork.reach + RhythmNetworkStream.mostRows + 64)
    }

    /// Adds mono samples, full scale ±1, any number of them.
    public func append(_ samples: UnsafeBufferPointer<Float>) {
        // What sounds is remembered for a while only: not many frames at once.
        let most = RhythmNetworkStream.mostRows / 2 * RhythmFrontEnd.hop
        for start in stride(from: 0, to: samples.count, by: most) {
            let part = samples[start..<min(start + most, samples.count)]
            hear(frames: frontEnd.append(UnsafeBufferPointer(rebasing: part)))
        }
    }

    /// Ends the recording and gives its beats.
    ///
    /// - Parameter music: Where music plays, in seconds; nil if nobody knows. Outside of it (and everywhere for nil) beats are
    ///   given only where the pulse is clear, as in a click track or a drum loop; speech and noise have none.
    /// - Returns: Beats in order; empty for silence, noise and speech.
    public func finish(music: [LayerSegment]?) -> RhythmResult {
        hear(frames: frontEnd.finish())
        hear(network.finish())
        return decoded(music: music)
    }

    /// The beats of activations that are known already: `[frames][2]` logits of beats and downbeats. For training and tests.
    package static func beats(logits: [Float], music: [LayerSegment]?, hints: RhythmHints = RhythmHints())
        -> RhythmResult
    {
        let tracker = RhythmTracker(hints: hints)
        tracker.sounds = nil
        tracker.hear(logits)
        return tracker.decoded(music: music)
    }

    private func decoded(music: [LayerSegment]?) -> RhythmResult {
        for frame in activations.finish() { take(decoder.append(frame)) }
        take(decoder.finish())
        let width = sounds == nil ? 0 : BeatSounds.groupCount
        let numbers = pulseSounds.values
        let pulses = pulses.values.enumerated().map { index, pulse in
            Pulse(
                time: pulse.time, likelihood: pulse.likelihood, downbeatShare: pulse.downbeatShare,
                place: BarPointerModel.Place(meter: pulse.meter, position: pulse.position),
                sound: width > 0 ? Array(numbers[(index * width)..<((index + 1) * width)]) : nil, run: pulse.run)
        }
        return RhythmAssembly(pulses: pulses, isMeterKnown: hints.usableMeter != nil).result(music: music)
    }

    private func hear(frames: [Float]) {
        guard !frames.isEmpty else { return }
        sounds?.append(frames)
        hear(network.append(frames))
    }

    private func hear(_ logits: [Float]) {
        for index in stride(from: 0, to: logits.count, by: RhythmNetwork.outputs) {
            let frame = BeatActivations.calibrated(beat: logits[index], downbeat: logits[index + 1])
            history.append(frame)
            if let ready = activations.append(frame) { take(decoder.append(ready)) }
        }
    }

    private func take(_ beats: [BarPointerDecoder.Beat]) {
        for beat in beats {
            let pulse = history.pulse(beat)
            pulses.append(
                PlainPulse(
                    time: pulse.time, likelihood: pulse.likelihood, downbeatShare: pulse.downbeatShare,
                    meter: pulse.place.meter, position: pulse.place.position, run: pulse.run))
            if let sounds { pulseSounds.append(contentsOf: sounds.sound(at: beat.frame)) }
        }
    }
}

/// A decoded beat with what the network said about it.
struct Pulse: Sendable, Hashable {
    /// Seconds.
    var time: Double
    /// How likely a beat is there, 0…1, and how likely it is a downbeat if it is one.
    var likelihood: Double
    var downbeatShare: Double
    var place: BarPointerModel.Place
    /// What sounds there (`BeatSounds`), where that is known.
    var sound: [Float]?
    /// Beats of one run follow each other without a rest.
    var run: Int
}

/// The last likelihoods, for the times between frames.
struct ActivationHistory {
    private var frames: [BeatActivations.Frame]
    private var count = 0

    /// Frames to either side of a decoded beat in which its peak may lie.
    private static let reach = 2
    private static let nothing = BeatActivations.Frame(beat: 0, downbeat: 0)

    init(depth: Int) {
        frames = [BeatActivations.Frame](repeating: Self.nothing, count: depth)
    }

    mutating func append(_ frame: BeatActivations.Frame) {
        frames[count % frames.count] = frame
        count += 1
    }

    /// The time and likelihood of a decoded beat.
    ///
    /// In training a beat is a triangle of 1.5 frames to either side. From its values beside the peak follows where
    /// between the frames it lies.
    func pulse(_ beat: BarPointerDecoder.Beat) -> Pulse {
        var peak = beat.frame
        for frame in beat.frame - Self.reach...beat.frame + Self.reach where self[frame].beat > self[peak].beat {
            peak = frame
        }
        let (before, here, after) = (self[peak - 1], self[peak], self[peak + 1])
        let slope = Double((after.beat - before.beat) / max(here.beat, 1e-6))
        let offset = min(max(0.75 * slope / (1 + 0.5 * abs(slope)), -0.5), 0.5)
        let sum = before.beat + here.beat + after.beat
        let downbeats = before.downbeat + here.downbeat + after.downbeat
        return Pulse(
            time: max(0, (Double(peak) + offset) / RhythmFrontEnd.frameRate),
            likelihood: Double(min(1, sum / BeatActivations.mass)),
            downbeatShare: Double(min(1, downbeats / max(sum, 1e-6))), place: beat.place, run: beat.run)
    }

    func save(to writer: inout StateWriter) {
        writer.write(frames)
        writer.write(count)
    }

    mutating func restore(from reader: inout StateReader) throws {
        let depth = frames.count
        frames = try reader.values()
        guard frames.count == depth else { throw StateReader.Mismatch() }
        count = try reader.value()
    }

    private subscript(frame: Int) -> BeatActivations.Frame {
        frame >= 0 && frame < count && count - frame <= frames.count ? frames[frame % frames.count] : Self.nothing
    }
}

extension RhythmTracker: Resumable {
    package func save(to writer: inout StateWriter) {
        frontEnd.save(to: &writer)
        network.save(to: &writer)
        activations.save(to: &writer)
        decoder.save(to: &writer)
        history.save(to: &writer)
        sounds?.save(to: &writer)
        pulses.save(to: &writer)
        pulseSounds.save(to: &writer)
    }

    package func restore(from reader: inout StateReader) throws {
        try frontEnd.restore(from: &reader)
        try network.restore(from: &reader)
        try activations.restore(from: &reader)
        try decoder.restore(from: &reader)
        try history.restore(from: &reader)
        try sounds?.restore(from: &reader)
        try pulses.restore(from: &reader)
        try pulseSounds.restore(from: &reader)
        guard pulseSounds.count == (sounds == nil ? 0 : pulses.count * BeatSounds.groupCount) else {
            throw StateReader.Mismatch()
        }
    }

    package func recall(_ lists: RecalledLists) throws {
        try pulses.recall(lists)
        try pulseSounds.recall(lists)
    }
}
