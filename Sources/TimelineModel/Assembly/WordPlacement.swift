/// Puts words into the speech that holds them.
enum WordPlacement {
    private struct Candidate {
        var spaced: SpacedWord
        var order: Int
    }

    /// Each word goes to the span that holds its midpoint, else to the nearest within `reachMs`, else nowhere.
    ///
    /// - Parameter spans: sorted and disjoint.
    /// - Returns: for each span its words in order of start, inside the span, not overlapping each other unless there
    ///   are more words than milliseconds; the first word of a span follows no space.
    static func place(_ words: [TranscribedWord], into spans: [MillisecondSpan], reachMs: Int) -> [[SpacedWord]] {
        var found = [[Candidate]](repeating: [], count: spans.count)
        for (order, word) in words.enumerated() {
            let text = word.text.trimmingWhiteSpace
            guard !text.isEmpty, let start = Milliseconds.rounded(seconds: word.start),
                let end = Milliseconds.rounded(seconds: word.end),
                let home = home(ofMidpointDoubled: start + max(start, end), in: spans, reachMs: reachMs)
            else { continue }
            let placed = TimelineWord(
                word: text, startMs: start, endMs: end, confidence: word.confidence.roundedConfidence)
            found[home].append(
                Candidate(spaced: SpacedWord(word: placed, followsSpace: word.followsSpace), order: order))
        }
        return zip(spans, found).map { span, candidates in
            var words =
                candidates
                .sorted { ($0.spaced.word.startMs, $0.order) < ($1.spaced.word.startMs, $1.order) }
                .map(\.spaced)
            if !words.isEmpty { words[0].followsSpace = false }
            fit(&words, into: span.start..<span.end)
            return words
        }
    }

    /// Moves the times of words, which are in order, into a span: each at least 1 ms long, starts rising, ends not
    /// beyond the next start. With more words than milliseconds the last ones share the last millisecond.
    static func fit(_ words: inout [SpacedWord], into span: Range<Int>) {
        let crowded = words.count > span.count
        var earliest = span.lowerBound
        for index in words.indices {
            let wanted = crowded ? earliest : words[index].word.startMs
            words[index].word.startMs = min(max(wanted, earliest), span.upperBound - 1)
            earliest = words[index].word.startMs + 1
        }
        var next = span.upperBound
        for index in words.indices.reversed() {
            if !crowded { words[index].word.startMs = min(words[index].word.startMs, next - 1) }
            let start = words[index].word.startMs
            words[index].word.endMs = min(max(words[index].word.endMs, start + 1), max(next, start + 1))
            next = start
        }
    }

    private static func home(
        ofMidpointDoubled doubled: Int, in spans: [MillisecondSpan], reachMs: Int
    ) -> Int? {
        let after = spans.firstIndex(endingAfter: doubled >> 1)
        if after < spans.count, spans[after].start * 2 <= doubled { return after }
        let toNext = after < spans.count ? spans[after].start * 2 - doubled : Int.max
        let toPrevious = after > 0 ? doubled - spans[after - 1].end * 2 : Int.max
        guard min(toNext, toPrevious) <= reachMs * 2 else { return nil }
        return toPrevious <= toNext ? after - 1 : after
    }
}

extension String {
    fileprivate var trimmingWhiteSpace: String {
        var text = self[...].drop(while: \.isWhitespace)
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
