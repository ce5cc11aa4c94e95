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

    /// Words as tokens that fit a line each; what is longer is divided, and its time with it.
    static func tokens(of event: AudioEvent, width: Int) -> [CaptionToken] {
        let width = max(width, 1)
        var tokens: [CaptionToken] = []
        for spaced in event.spacedWords {
            let text = PlainText.clean(spaced.word.word)
            let start = DecimalSeconds.clamped(spaced.word.startMs)
            let length = max(DecimalSeconds.clamped(spaced.word.endMs), start) - start
            let count = text.count
            let parts = (count - 1 + width) / width
            var rest = text[...]
            for part in 0..<parts {
                let piece = rest.prefix(width)
                rest = rest[piece.endIndex...]
                tokens.append(
                    CaptionToken(
                        piece, width: min(width, count - part * width), followsSpace: part == 0 && spaced.followsSpace,
                        startMs: start + length / parts * part,
                        endMs: part == parts - 1 ? start + length : start + length / parts * (part + 1)))
            }
        }
        return tokens
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
