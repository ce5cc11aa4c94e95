/// Why a shot starts where it starts.
public enum AlignmentReason: String, Sendable, Hashable, Codable, CaseIterable {
    /// It was moved to where speech starts, or to the beat just before.
    case speechOnset = "speech_onset"
    /// Its window starts in speech already.
    case alreadyInSpeech = "already_in_speech"
    /// There is no speech in its window; it was moved to the nearest beat.
    case beat
    /// There is no speech in its window, and no beat near its start.
    case noSpeech = "no_speech"
    /// Nobody analysed the asset.
    case noSemantics = "no_semantics"
    /// It would have been moved further than allowed, so it was not moved.
    case beyondMaxShift = "beyond_max_shift"
    /// It was moved less than it should, to stay inside of the asset.
    case clamped
    /// Nobody asked for alignment.
    case none
}
