/// Where a shot's source window comes to lie: the rule of contract section 7, without any I/O.
struct ShotPlacement: Sendable, Hashable {
    /// A shot's window as the sequence has it.
    struct Window: Sendable, Hashable {
        /// Milliseconds of the asset, 0 or later.
        var startMs: Double
        var durationMs: Double
        /// Length of the asset; nil where nobody knows.
        var assetMs: Double?

        var endMs: Double { startMs + durationMs }
    }

    var startMs: Double
    var reason: AlignmentReason
    /// How far a beat moved the start, beyond what speech did.
    var beatOffsetMs: Double

    /// - Parameter cues: nil without semantics.
    init(_ window: Window, alignment: ShotAlignment, maxShiftMs: Double?, cues: ShotCues?) {
        self = Self.wish(window, alignment: alignment, cues: cues)
        // The older rule knows no cap.
        if alignment == .window, let maxShiftMs, abs(startMs - window.startMs) > maxShiftMs {
            // The beat may be what is too far.
            if reason == .speechOnset { (startMs, beatOffsetMs) = (startMs - beatOffsetMs, 0) }
            if abs(startMs - window.startMs) > maxShiftMs {
                (startMs, reason, beatOffsetMs) = (window.startMs, .beyondMaxShift, 0)
            }
        }
        let latest = window.assetMs.map { max($0 - window.durationMs, 0) } ?? .infinity
        let inside = min(max(startMs, 0), latest)
        if inside != startMs { (startMs, reason, beatOffsetMs) = (inside, .clamped, 0) }
    }

    private init(startMs: Double, reason: AlignmentReason, beatOffsetMs: Double = 0) {
        self.startMs = startMs
        self.reason = reason
        self.beatOffsetMs = beatOffsetMs
    }

    /// Where the shot should start, were there no limits.
    private static func wish(_ window: Window, alignment: ShotAlignment, cues: ShotCues?) -> ShotPlacement {
        let nominal = window.startMs
        guard let cues else {
            return ShotPlacement(startMs: nominal, reason: .noSemantics)
        }
        switch alignment {
        case .none:
            return ShotPlacement(startMs: nominal, reason: .none)
        case .firstSpeech:
            guard let first = cues.firstSpeechMs else { return ShotPlacement(startMs: nominal, reason: .noSpeech) }
            return ShotPlacement(startMs: nominal + Double(first), reason: .speechOnset)
        case .window:
            if cues.startsInSpeech { return ShotPlacement(startMs: nominal, reason: .alreadyInSpeech) }
            if let onset = cues.onsetMs {
                let start = cues.beatBeforeOnsetMs ?? onset
                return ShotPlacement(
                    startMs: Double(start), reason: .speechOnset, beatOffsetMs: Double(start - onset))
            }
            if let beat = cues.beatNearStartMs {
                return ShotPlacement(startMs: Double(beat), reason: .beat, beatOffsetMs: Double(beat) - nominal)
            }
            return ShotPlacement(startMs: nominal, reason: .noSpeech)
        }
    }
}
