import Library

/// An artifact, anywhere.
struct ArtifactKey: Hashable, Sendable {
    var scope: Scope
    var artifactID: String
}

/// What a hit on a stored timeline answers, ready to be sent.
struct ReadyResult: Sendable {
    var result: SemanticResult
    /// The result's JSON.
    var json: [UInt8]
    var documentSHA256: String
    var indexSHA256: String
}
