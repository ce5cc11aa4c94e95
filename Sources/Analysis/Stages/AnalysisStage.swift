/// The stages whose outputs are kept from one request to the next.
public enum AnalysisStage: String, Sendable, Hashable, Codable, CaseIterable {
    /// Length and warnings of the decoded recording.
    case decode
    case loudness
    /// Probabilities of speech.
    case voice
    /// Speech, music, silence and other as layers.
    case scene
    /// Who speaks when.
    case speakers
    /// Words, with the plan that they were cut by.
    case transcript
    /// Beats and bars.
    case rhythm
}
