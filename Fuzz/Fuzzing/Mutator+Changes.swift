extension Mutator {
    static let changes = 0..<22
    /// Those that mostly leave JSON what it is.
    static let structural = 14..<21

    /// Changes an input in one place.
    func mutate(_ bytes: inout [UInt8], _ random: inout FuzzRandom, among choices: Range<Int>) {
        let place = random.below(bytes.count + 1)
        switch choices.lowerBound + random.below(choices.count) {
        case 0:
            guard place < bytes.count else { return }
            bytes[place] ^= 1 << UInt8(random.below(8))
        case 1:
            guard place < bytes.count else { return }
            bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 2: bytes.removeSubrange(range(in: bytes, &random, longest: 16))
        case 3: bytes.removeSubrange(range(in: bytes, &random, longest: 1024))
        case 4: overwrite(&bytes, at: place, with: Extremes.integer(&random))
        case 5: bytes.insert(contentsOf: Extremes.integer(&random), at: place)
        case 6: bytes.insert(contentsOf: Extremes.text(&random), at: place)
        case 7: bytes.insert(contentsOf: random.pick(words) ?? [], at: place)
        case 8: overwrite(&bytes, at: place, with: random.pick(words) ?? [])
        case 9:
            // A piece again, some times.
            let piece = bytes[range(in: bytes, &random, longest: 128)]
            for _ in 0...random.below(4) { bytes.insert(contentsOf: piece, at: min(place, bytes.count)) }
        case 10:
            let piece = bytes[range(in: bytes, &random, longest: 64)]
            overwrite(&bytes, at: place, with: Array(piece))
        case 11:
            guard let other = random.pick(corpus) else { return }
            bytes = Array(bytes[..<place]) + other[random.below(other.count + 1)...]
        case 12:
            guard let other = random.pick(corpus) else { return }
            bytes.insert(contentsOf: other[range(in: other, &random, longest: 256)], at: place)
        case 13: if random.oneIn(4) { bytes.removeSubrange(place...) }
        case 14, 15, 16:
            if let span = number(in: bytes, from: place) { bytes.replaceSubrange(span, with: Extremes.number(&random)) }
        case 17:
            guard let span = string(in: bytes, from: place) else { return }
            let text = random.oneIn(2) ? Extremes.text(&random) : random.pick(words) ?? []
            bytes.replaceSubrange(span, with: text)
        case 18:
            // One value of JSON in the place of another.
            guard let from = group(in: bytes, from: place),
                let to = group(in: bytes, from: random.below(bytes.count + 1))
            else { return }
            let piece = Array(bytes[from])
            bytes.replaceSubrange(to, with: piece)
        case 19:
            guard let span = group(in: bytes, from: place) else { return }
            bytes.replaceSubrange(
                span, with: random.pick(["[]", "{}", "null", "0", "\"\""]).map { Array($0.utf8) } ?? [])
        case 20:
            // An element twice, as the next one of its list.
            guard let span = group(in: bytes, from: place) else { return }
            let piece = Array(bytes[span])
            bytes.insert(contentsOf: [UInt8(ascii: ",")] + piece, at: span.upperBound)
        default: nest(&bytes, at: place, &random)
        }
    }

    /// A piece of an input, no longer than so.
    func range(in bytes: [UInt8], _ random: inout FuzzRandom, longest: Int) -> Range<Int> {
        let start = random.below(bytes.count + 1)
        return start..<min(start + random.below(longest + 1), bytes.count)
    }

    private func overwrite(_ bytes: inout [UInt8], at place: Int, with piece: [UInt8]) {
        bytes.replaceSubrange(place..<min(place + piece.count, bytes.count), with: piece)
    }

    /// A value inside of many.
    private func nest(_ bytes: inout [UInt8], at place: Int, _ random: inout FuzzRandom) {
        let span = group(in: bytes, from: place) ?? number(in: bytes, from: place) ?? place..<place
        let depth = 1 << random.below(random.oneIn(8) ? 11 : 4)
        let (opening, closing) = random.pick([("[", "]"), ("{\"a\":", "}"), ("<a>", "</a>"), ("(", ")")]) ?? ("[", "]")
        let closed = random.oneIn(4) ? 0 : depth
        let text = Array(bytes[span])
        bytes.replaceSubrange(
            span,
            with: String(repeating: opening, count: depth).utf8 + text + String(repeating: closing, count: closed).utf8)
    }

    /// The next number that is written in digits.
    private func number(in bytes: [UInt8], from start: Int) -> Range<Int>? {
        func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        guard let first = bytes[start...].firstIndex(where: isDigit) ?? bytes.firstIndex(where: isDigit) else {
            return nil
        }
        let rest = bytes[first...].prefix { isDigit($0) || ".eE+".utf8.contains($0) }
        let isNegative = first > 0 && bytes[first - 1] == UInt8(ascii: "-")
        return (isNegative ? first - 1 : first)..<rest.endIndex
    }

    /// The inside of the next text between quotation marks.
    private func string(in bytes: [UInt8], from start: Int) -> Range<Int>? {
        let quote = UInt8(ascii: "\"")
        guard let first = bytes[start...].firstIndex(of: quote) else { return nil }
        guard let last = bytes[(first + 1)...].firstIndex(of: quote) else { return nil }
        return (first + 1)..<last
    }

    /// The next thing in brackets, with them.
    private func group(in bytes: [UInt8], from start: Int) -> Range<Int>? {
        let opening = Set("[{".utf8)
        guard
            let first = bytes[start...].firstIndex(where: opening.contains) ?? bytes.firstIndex(where: opening.contains)
        else { return nil }
        var depth = 0
        for index in first..<bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 { return first..<(index + 1) }
            default: break
            }
        }
        return nil
    }
}
