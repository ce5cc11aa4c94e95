import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A transcript that was made elsewhere, in the forms that recognizers and their tools write.
///
/// Read are `words` of the whole, else those of its `segments`; a segment without usable words counts as one stretch of
/// text. Entries have `start_ms` or `start` (seconds), `end_ms` or `end`, `word` or `text`, and may have `confidence`,
/// `conf` or `probability`, and `speaker_id` or `speaker` (text or a number).
public struct ForeignTranscript: Sendable, Hashable {
    /// In the order of the document.
    public var words: [SpokenWord]
    /// Entries without text or usable times.
    public var skippedEntries: Int

    /// - Parameter json: of any origin.
    /// - Throws: ``ForeignTranscriptError``. Empty lists are not an error: nobody spoke.
    public init(json: [UInt8]) throws(ForeignTranscriptError) {
        let document: TranscriptDocument
        do {
            document = try TimelineJSON.decode(from: Data(json))
        } catch let error as ForeignTranscriptError {
            throw error
        } catch {
            throw .notJSON
        }
        guard document.words != nil || document.segments != nil else { throw .noLists }
        var reading = TranscriptReading()
        reading.read(document)
        if reading.words.isEmpty, reading.skipped > 0 { throw .nothingUsable }
        words = reading.words
        skippedEntries = reading.skipped
    }
}

/// Turns entries into words.
private struct TranscriptReading {
    var words: [SpokenWord] = []
    var skipped = 0

    /// A word together with what tells of its spacing.
    private struct Candidate {
        var word: SpokenWord
        /// The text began with white space.
        var isLed: Bool
        /// First of its segment.
        var isFirst: Bool
    }

    mutating func read(_ document: TranscriptDocument) {
        let whole = usable(document.words ?? [], speaker: nil)
        if !whole.isEmpty {
            words = Self.spaced(whole)
            return
        }
        var found: [Candidate] = []
        for element in document.segments ?? [] {
            guard let segment = element.value else {
                skipped += 1
                continue
            }
            let inner = usable(segment.words ?? [], speaker: segment.speaker)
            found += inner.isEmpty ? usable([element], speaker: nil) : inner
        }
        words = Self.spaced(found)
    }

    private mutating func usable(_ entries: [Lenient<TranscriptEntry>], speaker: String?) -> [Candidate] {
        var found: [Candidate] = []
        for entry in entries {
            guard let entry = entry.value, let text = entry.text, let startMs = entry.startMs, let endMs = entry.endMs,
                let word = SpokenWord(
                    text: text, startMs: startMs, endMs: endMs, confidence: entry.confidence,
                    speakerID: entry.speaker ?? speaker, followsSpace: false
                ).tidied
            else {
                skipped += 1
                continue
            }
            found.append(
                Candidate(word: word, isLed: text.first?.isWhitespace == true, isFirst: found.isEmpty))
        }
        return found
    }

    /// Tells spacing. Where most words that could follow a space bring it with them, as Whisper's do, those without one
    /// follow none; else it goes by the scripts.
    private static func spaced(_ candidates: [Candidate]) -> [SpokenWord] {
        var words: [SpokenWord] = []
        words.reserveCapacity(candidates.count)
        var separable = 0
        var led = 0
        for candidate in candidates {
            var word = candidate.word
            word.followsSpace = words.last.map { WordSpacing.separates($0.text, word.text) } ?? false
            if word.followsSpace, !candidate.isFirst {
                separable += 1
                if candidate.isLed { led += 1 }
            }
            words.append(word)
        }
        let isTold = led > 0 && led * 2 >= separable
        for (index, candidate) in candidates.enumerated() where index > 0 {
            if candidate.isLed {
                words[index].followsSpace = true
            } else if isTold, !candidate.isFirst {
                words[index].followsSpace = false
            }
        }
        return words
    }
}
