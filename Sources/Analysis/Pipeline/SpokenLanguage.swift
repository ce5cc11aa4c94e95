import Signal

/// Which language a transcript is in.
struct SpokenLanguage {
    /// The language that the transcript is fixed to, nil where the model is to tell.
    var fixed: String?
    /// True when English is assumed because no installed model can tell.
    var isAssumed = false

    init(requested: String?, model: WhisperModel?) {
        if let requested, requested != "auto" {
            fixed = requested
        } else if model?.isMultilingual != true {
            fixed = "en"
            isAssumed = true
        }
    }
}

/// What a recording's talk, as far as it was heard, tells about its language.
package struct LanguageEvidence: Sendable, Hashable, Codable {
    /// Seconds of sound after which it is decided: what is asked of a piece of running speech is more.
    private static let enough = 40.0
    /// A language is taken at its probability from here on. Less is what the model gives in noise and far from the microphone, where it takes
    /// English for Welsh.
    private static let sure = 0.75
    /// Less likely ones are not looked at.
    private static let least = 0.08

    /// Of each language, in the order of ``WhisperVocabulary/languages``: its probability times the seconds of talk that it was found in.
    private(set) var sums: [Double] = []
    /// Seconds of talk.
    private(set) var talk = 0.0
    /// Seconds of sound, the pauses included.
    private(set) var heard = 0.0

    package init() {}

    private init(sums: [Double], talk: Double, heard: Double) {
        (self.sums, self.talk, self.heard) = (sums, talk, heard)
    }

    package var isEnough: Bool { heard >= Self.enough }

    /// The likeliest language and its probability, and, where that is not sure, the two after it, as far as they are likely at all.
    package var likely: [(code: String, probability: Double)] {
        guard talk > 0 else { return [] }
        let order = sums.indices.sorted { (sums[$0], -$0) > (sums[$1], -$1) }
        let all = order.map { (code: WhisperVocabulary.languages[$0], probability: sums[$0] / talk) }
        let isSure = all.first.map { $0.probability >= Self.sure } ?? true
        return Array(all.prefix(1)) + (isSure ? [] : all.dropFirst().prefix(2).filter { $0.probability >= Self.least })
    }

    /// Takes in a stretch of sound: of each language its probability, and the stretch's seconds, of talk and in all.
    package mutating func add(_ probabilities: [Double], talk: Double, heard: Double) {
        add(LanguageEvidence(sums: probabilities.map { $0 * talk }, talk: talk, heard: heard))
    }

    package mutating func add(_ other: LanguageEvidence) {
        sums = sums.isEmpty ? other.sums : zip(sums, other.sums).map(+)
        talk += other.talk
        heard += other.heard
    }

    // MARK: - Going on later

    func save(to writer: inout StateWriter) {
        writer.write(sums)
        writer.write(talk)
        writer.write(heard)
    }

    mutating func restore(from reader: inout StateReader) throws {
        sums = try reader.values()
        talk = try reader.value()
        heard = try reader.value()
        guard sums.isEmpty || sums.count <= WhisperVocabulary.languages.count else { throw StateReader.Mismatch() }
    }
}
