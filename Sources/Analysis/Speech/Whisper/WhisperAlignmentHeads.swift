/// Heads of the decoder whose attention follows the sound, as OpenAI found them for its models; of others some heads of the upper half.
struct WhisperAlignmentHeads: Sendable {
    /// A head of a layer.
    struct Head: Sendable, Hashable {
        var layer: Int
        var head: Int
    }

    /// How many are taken where nobody looked for the right ones.
    private static let mostUnknown = 16

    let heads: [Head]
    /// How late (or, below 0, how early) attention leaves a word, in seconds: a median over read prompts (`make bench-speech`); of other models nothing is known.
    let lag: Double

    init(_ shape: WhisperFile.Shape) {
        let known = Self.known(shape).map { Head(layer: $0.0, head: $0.1) }
        let upper = (shape.textLayers / 2..<shape.textLayers).flatMap { layer in
            (0..<shape.heads).map { Head(layer: layer, head: $0) }
        }
        // A narrower model with as many layers is another one.
        let fits = known.allSatisfy { $0.layer < shape.textLayers && $0.head < shape.heads }
        heads = known.isEmpty || !fits ? upper.suffix(Self.mostUnknown) : known
        switch (shape.audioLayers, shape.isMultilingual) {
        case (4, false): lag = 0.09
        case (6, true): lag = -0.05
        default: lag = 0
        }
    }

    /// Layer and head, told by the model's size.
    private static func known(_ shape: WhisperFile.Shape) -> [(Int, Int)] {
        switch (shape.audioLayers, shape.textLayers, shape.isMultilingual) {
        case (4, 4, false): [(1, 0), (2, 0), (2, 5), (3, 0), (3, 1), (3, 2), (3, 3), (3, 4)]
        case (4, 4, true): [(2, 2), (3, 0), (3, 2), (3, 3), (3, 4), (3, 5)]
        case (6, 6, false): [(3, 3), (4, 7), (5, 1), (5, 5), (5, 7)]
        case (6, 6, true): [(3, 1), (4, 2), (4, 3), (4, 7), (5, 1), (5, 2), (5, 4), (5, 6)]
        case (12, 12, false): smallEnglish
        case (12, 12, true):
            [(5, 3), (5, 9), (8, 0), (8, 4), (8, 7), (8, 8), (9, 0), (9, 7), (9, 9), (10, 5)]
        case (24, 24, false): mediumEnglish
        case (24, 24, true): [(13, 15), (15, 4), (15, 15), (16, 1), (20, 0), (23, 4)]
        case (32, 32, _): shape.mels == 128 ? largeV3 : largeV2
        case (32, 4, _): [(2, 4), (2, 11), (3, 3), (3, 6), (3, 11), (3, 14)]
        default: []
        }
    }

    private static let smallEnglish = [
        (6, 6), (7, 0), (7, 3), (7, 8), (8, 2), (8, 5), (8, 7), (9, 0), (9, 4), (9, 8), (9, 10), (10, 0), (10, 1),
        (10, 2), (10, 3), (10, 6), (10, 11), (11, 2), (11, 4),
    ]
    private static let mediumEnglish = [
        (11, 4), (14, 1), (14, 12), (14, 14), (15, 4), (16, 0), (16, 4), (16, 9), (17, 12), (17, 14), (18, 7),
        (18, 10), (18, 15), (20, 0), (20, 3), (20, 9), (20, 14), (21, 12),
    ]
    /// The first large model has others, but the same size.
    private static let largeV2 = [
        (10, 12), (13, 17), (16, 11), (16, 12), (16, 13), (17, 15), (17, 16), (18, 4), (18, 11), (18, 19), (19, 11),
        (21, 2), (21, 3), (22, 3), (22, 9), (22, 12), (23, 5), (23, 7), (23, 13), (25, 5), (26, 1), (26, 12), (27, 15),
    ]
    private static let largeV3 = [
        (7, 0), (10, 17), (12, 18), (13, 12), (16, 1), (17, 14), (19, 11), (21, 4), (24, 1), (25, 6),
    ]
}
