import TimelineModel

/// A caption together with what its lines are made of.
struct TimedCue {
    var cue: CaptionCue
    /// Line by line.
    var tokens: [[CaptionToken]]
}

/// A piece of text that is never divided further.
struct CaptionToken {
    var text: String
    /// In characters.
    var width: Int
    var followsSpace: Bool
    /// Whether this is a speaker's name and not said.
    var isName = false
    /// Whether its time is not known but guessed from the length of the text.
    var isGuessed = false
    var startMs: Int
    var endMs: Int

    /// Times beyond this are taken for it, so that no sum can overflow.
    static let latestMs = DecimalSeconds.latestMs

    /// Characters of the space before it, where it does not begin a line.
    var space: Int { followsSpace ? 1 : 0 }

    var endsSentence: Bool { text.last { !"\"'”’»)]".contains($0) }.map { ".!?…。！？".contains($0) } ?? false }

    private init(_ text: Substring, width: Int, followsSpace: Bool, startMs: Int, endMs: Int) {
        self.text = String(text)
        self.width = width
        self.followsSpace = followsSpace
        self.startMs = startMs
        self.endMs = endMs
    }

    /// A name, which takes no time.
    init(_ name: String, startMs: Int) {
        self.init(name[...], width: name.count, followsSpace: false, startMs: startMs, endMs: startMs)
        isName = true
    }

    /// Words as tokens that fit a line each; what is longer is divided, and its time with it. Speech without words is its
    /// text, laid out over its span.
    static func tokens(of event: AudioEvent, width: Int) -> [CaptionToken] {
        let isGuessed = event.meta.words?.isEmpty ?? true
        let width = max(width, 1)
        var tokens: [CaptionToken] = []
        for spaced in isGuessed ? guessedWords(of: event) : event.spacedWords {
            let text = PlainText.clean(spaced.word.word)
            let start = DecimalSeconds.clamped(spaced.word.startMs)
            let length = max(DecimalSeconds.clamped(spaced.word.endMs), start) - start
            let count = text.count
            let parts = (count - 1 + width) / width
            var rest = text[...]
            for part in 0..<parts {
                let piece = rest.prefix(width)
                rest = rest[piece.endIndex...]
                var token = CaptionToken(
                    piece, width: min(width, count - part * width), followsSpace: part == 0 && spaced.followsSpace,
                    startMs: start + length / parts * part,
                    endMs: part == parts - 1 ? start + length : start + length / parts * (part + 1))
                token.isGuessed = isGuessed
                tokens.append(token)
            }
        }
        return tokens
    }

    /// The text of a span divided at white space; each part takes time in proportion to its characters.
    private static func guessedWords(of event: AudioEvent) -> [SpacedWord] {
        let parts = (event.spokenText ?? "").split(separator: " ")
        let start = DecimalSeconds.clamped(event.startMs)
        let length = max(DecimalSeconds.clamped(event.endMs), start) - start
        let counts = parts.map(\.count)
        let total = max(counts.reduce(0, +), 1)
        var count = 0
        // Divided first: no product is above the length, or the square of the text's.
        func time() -> Int { start + length / total * count + length % total * count / total }
        return parts.indices.map { index in
            let wordStart = time()
            count += counts[index]
            let word = TimelineWord(word: String(parts[index]), startMs: wordStart, endMs: time(), confidence: 0)
            return SpacedWord(word: word, followsSpace: index > 0)
        }
    }
}

extension ArraySlice<CaptionToken> {
    var text: String {
        var text = ""
        for token in self {
            if token.followsSpace && !text.isEmpty { text += " " }
            text += token.text
        }
        return text
    }

    /// Characters of ``text``, or a few more where marks join what is before them.
    var width: Int {
        reduce(0) { $0 + $1.width + $1.space } - (first?.space ?? 0)
    }
}
