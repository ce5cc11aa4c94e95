import TimelineModel

extension AnalysisParameters {
    /// Unicode scalars; the decoder takes about so many.
    static let longestVocabulary = 500

    /// Refuses hints and languages that mean nothing; ranges that clamp were clamped before.
    func check() throws {
        if let bpm, !(bpm.isFinite && (20...400).contains(bpm)) {
            throw AnalysisError(.validation, "bpm must be between 20 and 400")
        }
        if let meter, !(2...12).contains(meter) {
            throw AnalysisError(.validation, "meter must be between 2 and 12 beats in a bar")
        }
        if let vocabulary {
            let isText = vocabulary.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
            guard isText, (1...Self.longestVocabulary).contains(vocabulary.unicodeScalars.count) else {
                throw AnalysisError(
                    .validation,
                    "vocabulary must have 1 to \(Self.longestVocabulary) characters, none of them a control character")
            }
        }
        if let language, language != "auto" {
            let letters = language.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
            guard letters, (2...3).contains(language.utf8.count) else {
                throw AnalysisError(.validation, "language must be an ISO 639-1 code such as en, or auto")
            }
        }
    }
}
