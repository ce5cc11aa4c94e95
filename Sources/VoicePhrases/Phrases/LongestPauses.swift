/// Divides long phrases at their longest pauses.
///
/// The longest pause in any stretch of words is found in O(log n): no transcript, however made, makes dividing slow.
struct LongestPauses {
    private let words: [SpokenWord]
    /// A tree over the pauses, each node the longest of the two below it; the leaf of the pause before word `i` is
    /// `words.count + i`.
    private let tree: [Int]
    /// By the length of a pause, the words that follow one, in order.
    private let followers: [Int: [Int]]

    /// - Parameter words: in order, none reaching into the next.
    init(_ words: [SpokenWord]) {
        self.words = words
        var tree = [Int](repeating: -1, count: words.count * 2)
        var followers: [Int: [Int]] = [:]
        for index in words.indices.dropFirst() {
            let pause = words[index].startMs - words[index - 1].endMs
            tree[words.count + index] = pause
            followers[pause, default: []].append(index)
        }
        for node in stride(from: words.count - 1, to: 0, by: -1) {
            tree[node] = max(tree[node * 2], tree[node * 2 + 1])
        }
        self.tree = tree
        self.followers = followers
    }

    /// A phrase in parts that last `longestMs` at most, in order. A longer word stays whole.
    ///
    /// - Parameter shortestMs: how long a part lasts at least, where that can be.
    func parts(of phrase: Range<Int>, longestMs: Int, shortestMs: Int) -> [Range<Int>] {
        let longestMs = max(longestMs, 1)
        let shortestMs = min(max(shortestMs, 1), max(longestMs / 2, 1))
        var parts: [Range<Int>] = []
        var rest = [phrase]
        while let part = rest.popLast() {
            guard length(part) > longestMs,
                let place = place(in: part, marginMs: shortestMs) ?? place(in: part, marginMs: 1)
            else {
                parts.append(part)
                continue
            }
            rest.append(place..<part.upperBound)
            rest.append(part.lowerBound..<place)
        }
        return parts
    }

    private func length(_ part: Range<Int>) -> Int {
        words[part.upperBound - 1].endMs - words[part.lowerBound].startMs
    }

    /// The word before which a part is divided: after the longest pause, of equal ones the nearest to the middle, that
    /// leaves `marginMs` on both sides.
    private func place(in part: Range<Int>, marginMs: Int) -> Int? {
        let start = words[part.lowerBound].startMs
        let end = words[part.upperBound - 1].endMs
        let inner = (part.lowerBound + 1)..<part.upperBound
        let first = inner.partitionPoint { words[$0 - 1].endMs - start >= marginMs }
        let beyond = inner.partitionPoint { end - words[$0].startMs < marginMs }
        guard first < beyond, let alike = followers[longestPause(first..<beyond)] else { return nil }
        let candidates =
            alike.indices.partitionPoint { alike[$0] >= first }..<alike.indices.partitionPoint { alike[$0] >= beyond }
        let middle = candidates.partitionPoint { twiceTheMiddle(ofPauseBefore: alike[$0]) >= start + end }
        return [middle - 1, middle].filter(candidates.contains).map { alike[$0] }.min { left, right in
            abs(twiceTheMiddle(ofPauseBefore: left) - start - end)
                < abs(twiceTheMiddle(ofPauseBefore: right) - start - end)
        }
    }

    private func twiceTheMiddle(ofPauseBefore word: Int) -> Int { words[word - 1].endMs + words[word].startMs }

    /// The longest pause before the words of a range.
    private func longestPause(_ range: Range<Int>) -> Int {
        var longest = -1
        var low = range.lowerBound + words.count
        var high = range.upperBound + words.count
        while low < high {
            if low % 2 == 1 {
                longest = max(longest, tree[low])
                low += 1
            }
            if high % 2 == 1 {
                high -= 1
                longest = max(longest, tree[high])
            }
            low /= 2
            high /= 2
        }
        return longest
    }
}

extension Range<Int> {
    /// The first number for which something holds that holds for all after it; the end when there is none.
    fileprivate func partitionPoint(where holds: (Int) -> Bool) -> Int {
        var (low, high) = (lowerBound, upperBound)
        while low < high {
            let middle = low + (high - low) / 2
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
