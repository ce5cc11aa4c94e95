#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What an analysis may find of those that did not end, and leaves for the next.
package struct AnalysisMemory: Sendable {
    /// Where the transcripts of pieces are kept; nil keeps none.
    package var pieces: (any PieceStore)?
    /// A folder of this analysis' own, made when it is needed, for the state after each piece; nil puts down none.
    package var checkpoint: String?
    /// Whether the pieces of a long recording are offered to others; see ``PieceStore/offer(_:as:)``.
    package var offersPieces: Bool

    /// A folder for what does not stay in memory; nothing in it outlives the analysis.
    var temporaryFolder: String { checkpoint ?? FileManager.default.temporaryDirectory.path }

    package init(pieces: (any PieceStore)? = nil, checkpoint: String? = nil, offersPieces: Bool = false) {
        self.pieces = pieces
        self.checkpoint = checkpoint
        self.offersPieces = offersPieces
    }
}
