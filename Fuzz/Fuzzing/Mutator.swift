/// Makes inputs: the corpus first, then changed and spliced pieces of it, and now and then something grown from nothing.
///
/// An input depends on the corpus, the seed and its number only: each can be made again alone, whoever made those
/// before it.
package struct Mutator: Sendable {
    let corpus: [[UInt8]]
    let words: [[UInt8]]
    private let seed: UInt64
    let maximumBytes: Int

    /// - Parameter corpus: in an order that is the same everywhere.
    package init(_ target: FuzzTarget, corpus: [[UInt8]], seed: UInt64) {
        self.corpus = corpus.map { Array($0.prefix(target.maximumBytes)) }
        words = target.tokens.map { Array($0.utf8) } + Self.words(in: corpus)
        self.seed = target.name.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        maximumBytes = target.maximumBytes
    }

    /// The input of a number.
    package func input(_ number: Int) -> [UInt8] {
        if number < corpus.count { return corpus[number] }
        var random = FuzzRandom(seed: seed &+ UInt64(number) &* 0xD1B5_4A32_D192_ED03)
        var bytes = random.oneIn(24) ? grown(&random) : random.pick(corpus) ?? grown(&random)
        // Most changes of bytes are refused at once: every other input has changes of whole numbers, texts and values.
        let choices = random.oneIn(2) ? Self.changes : Self.structural
        for _ in 0..<(1 << random.below(4)) { mutate(&bytes, &random, among: choices) }
        // Something long is rare, as it takes long.
        if random.oneIn(4096) { stretch(&bytes, &random) }
        if bytes.count > maximumBytes { bytes.removeLast(bytes.count - maximumBytes) }
        return bytes
    }

    /// Pieces of which none knows of the others.
    private func grown(_ random: inout FuzzRandom) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<random.below(48) {
            switch random.below(5) {
            case 0: bytes.append(UInt8(truncatingIfNeeded: random.next()))
            case 1: bytes += Extremes.number(&random)
            case 2: bytes += Extremes.text(&random)
            case 3: bytes += Extremes.integer(&random)
            default: bytes += random.pick(words) ?? [0]
            }
        }
        return bytes
    }

    /// A piece again and again, up to what the target takes.
    private func stretch(_ bytes: inout [UInt8], _ random: inout FuzzRandom) {
        let place = range(in: bytes, &random, longest: 256)
        let piece = bytes[place]
        guard !piece.isEmpty else { return }
        let count = (maximumBytes - min(bytes.count, maximumBytes)) / piece.count
        let more = [[UInt8]](repeating: Array(piece), count: count >> random.below(6)).joined()
        bytes.insert(contentsOf: more, at: place.upperBound)
    }

    /// Runs of letters, digits and underscores that the corpus has: names of fields, values of choices.
    private static func words(in corpus: [[UInt8]]) -> [[UInt8]] {
        var found: Set<[UInt8]> = []
        for bytes in corpus {
            for word in bytes.split(whereSeparator: { !isWordByte($0) }) where (2...40).contains(word.count) {
                found.insert(Array(word))
            }
        }
        return found.sorted { $0.lexicographicallyPrecedes($1) }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
