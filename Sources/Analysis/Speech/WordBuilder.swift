package import TimelineModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// From the decoder's tokens to words with times.
package enum WordBuilder {
    /// Languages that Whisper writes without spaces: there every character stands alone.
    private static let unspaced: Set<String> = ["zh", "ja", "th", "lo", "my", "yue", "bo", "km"]

    /// Words of one segment, in seconds from the recording's zero; in languages that are written without spaces, characters.
    package static func words(of segment: WhisperSegment, chunkStart: Double, language: String) -> [TranscribedWord] {
        let isSpaced = !unspaced.contains(language)
        var words: [TranscribedWord] = []
        var group: [WhisperToken] = []
        func flush() {
            defer { group.removeAll(keepingCapacity: true) }
            guard let first = group.first, let last = group.last else { return }
            // Bytes that are no character are left out: a text may be cut in the middle of one.
            let text = String(decoding: group.flatMap(\.bytes), as: UTF8.self).filter { $0 != "\u{FFFD}" }
            let trimmed = text.trimmed
            guard !trimmed.isEmpty else { return }
            let meanLogProbability = group.reduce(0) { $0 + $1.logProbability } / Double(group.count)
            words.append(
                TranscribedWord(
                    text: trimmed,
                    start: chunkStart + Double(first.startMs) / 1000,
                    end: chunkStart + Double(max(last.endMs, first.startMs)) / 1000,
                    confidence: exp(meanLogProbability),
                    followsSpace: text.first?.isWhitespace ?? false))
        }
        for token in segment.tokens where !token.bytes.isEmpty {
            let opensWord = token.bytes[0] == UInt8(ascii: " ")
            let opensCharacter = token.bytes[0] & 0xC0 != 0x80
            if opensWord || (!isSpaced && opensCharacter) { flush() }
            group.append(token)
        }
        flush()
        return joinPunctuation(words)
    }

    /// Punctuation that the decoder set apart belongs to the word before it.
    private static func joinPunctuation(_ words: [TranscribedWord]) -> [TranscribedWord] {
        var result: [TranscribedWord] = []
        for word in words {
            let isPunctuation = word.text.allSatisfy { ".,!?;:…。、，！？".contains($0) }
            if isPunctuation, var last = result.last {
                last.text += word.text
                last.end = max(last.end, word.end)
                result[result.count - 1] = last
            } else {
                result.append(word)
            }
        }
        return result
    }

    /// Whether the text is an annotation of the decoder, such as `[Music]` or `♪`, and not something that was said.
    package static func isAnnotation(_ text: String) -> Bool {
        guard let first = text.first, let last = text.last else { return true }
        if text.contains(where: { "♪♫♬♩".contains($0) }) { return true }
        return "[(*".contains(first) && "])*.!".contains(last) && text.contains { "])*".contains($0) }
    }
}

extension String {
    /// The text without white space at its ends.
    var trimmed: String {
        var view = self[...]
        while view.first?.isWhitespace == true { view = view.dropFirst() }
        while view.last?.isWhitespace == true { view = view.dropLast() }
        return String(view)
    }
}
