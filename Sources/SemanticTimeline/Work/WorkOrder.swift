package import Analysis

/// One analysis as it is handed to whoever does it: this process, or a child of it.
package struct WorkOrder: Sendable, Codable {
    /// The file to hear.
    package var path: String
    /// SHA-256 of the bytes that are meant; other bytes are an error.
    package var contentSHA256: String
    package var request: SemanticRequest
    package var knownDurationMs: Double?
    /// Files with the outputs of stages that are known, by the key of the stage.
    package var known: [String: String]
    /// A folder, already there, for what comes out.
    package var folder: String
    /// A folder for the state after each piece; it outlives the order that is not done.
    package var checkpoint: String?
    /// Whether the pieces of a long recording are offered to others.
    package var offersPieces: Bool?
    /// A file with a piece of a recording: then that is to be transcribed, and nothing else done.
    package var piece: String?

    package init(
        path: String, contentSHA256: String, request: SemanticRequest, knownDurationMs: Double?,
        known: [String: String], folder: String, checkpoint: String? = nil
    ) {
        self.path = path
        self.contentSHA256 = contentSHA256
        self.request = request
        self.knownDurationMs = knownDurationMs
        self.known = known
        self.folder = folder
        self.checkpoint = checkpoint
    }
}

/// What came out of a ``WorkOrder``: files in its folder, and facts about the run.
package struct WorkResult: Sendable, Codable {
    /// The output of a stage that ran.
    package struct Stage: Sendable, Codable {
        package var stage: AnalysisStage
        package var key: String
        package var file: String

        package init(stage: AnalysisStage, key: String, file: String) {
            self.stage = stage
            self.key = key
            self.file = file
        }
    }

    /// The stored JSON and its index; nil where others have to do their part first, and for a piece.
    package var documentFile: String?
    package var indexFile: String?
    /// What the others do: a `TranscriptPlan`.
    package var planFile: String?
    /// What was found in a piece.
    package var pieceFile: String?
    package var stages: [Stage]
    /// Seconds of each stage that ran, by name.
    package var stageSeconds: [String: Double]

    package init(documentFile: String?, indexFile: String?, stages: [Stage], stageSeconds: [String: Double]) {
        self.documentFile = documentFile
        self.indexFile = indexFile
        self.stages = stages
        self.stageSeconds = stageSeconds
    }
}

/// Does work orders.
package protocol AnalysisRunner: Sendable {
    /// - Parameter pieces: where pieces are found and kept while the work goes on.
    /// - Throws: ``SemanticTimelineError``, `CancellationError`.
    func run(
        _ order: WorkOrder, pieces: any PieceStore, onProgress: @escaping @Sendable (AnalysisProgress) -> Void
    ) async throws -> WorkResult
}

extension WorkOrder {
    /// A text that may go into a log: without the recording's path and name. What lies in a library is called by its
    /// digest, which says nothing to a caller either.
    func withoutNames(_ text: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        var text = text.replacing(path, with: "the recording")
        if !name.isEmpty {
            text = text.replacing("'\(name)'", with: "the recording")
            // A short name may be a word, or a part of one.
            if name.utf8.count >= 5, name.contains(".") { text = text.replacing(name, with: "recording") }
        }
        return text.replacing(folder, with: "the work folder")
    }
}
