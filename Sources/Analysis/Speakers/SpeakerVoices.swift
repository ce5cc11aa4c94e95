import Foundation
import Signal

/// The voices of a recording: where each stretch of talking lies, and the direction of its voice.
package struct SpeakerVoices: Sendable {
    /// One stretch, in frames of 10 ms.
    package struct Stretch: Sendable, Hashable {
        /// What it stands for.
        package var span: Range<Int>
        /// Frames of talking in the span.
        package var weight: Int
        /// Frames that the encoder heard.
        package var heardCount: Int
    }

    /// Seconds of a frame.
    static let frameSeconds = 0.01

    /// In order of time.
    package private(set) var stretches: [Stretch] = []
    /// A direction of length 1 for each stretch, `SpeakerEncoder.width` numbers. Different voices are about at right
    /// angles to each other.
    package var vectors: [Float] { directions.values }
    private var directions = GrowingList<Float>()

    package init() {}

    /// Adds what the encoder heard; where that was nothing, nothing.
    package mutating func append(_ stretch: SpeakerStretch, vector: some Collection<Float>) {
        let centred = zip(vector, Self.anyVoice).map(-)
        let squares = centred.withUnsafeBufferPointer { values in
            values.baseAddress.map { dotProduct($0, $0, count: values.count) } ?? 0
        }
        guard centred.count == SpeakerEncoder.width, vector.contains(where: { $0 > 0 }), squares > 0 else { return }
        let scale = 1 / squares.squareRoot()
        directions.append(contentsOf: centred.lazy.map { $0 * scale })
        stretches.append(Stretch(span: stretch.span, weight: stretch.weight, heardCount: stretch.heardCount))
    }

    /// What all voices have in common: the mean embedding of fourteen speakers. Embeddings have no negative numbers, so
    /// that any two of them are alike by half; without this part, different voices are not.
    private static let anyVoice: [Float] = {
        let bytes = Data(base64Encoded: encodedMean) ?? Data()
        return bytes.map { Float($0) * 4.311_913_2e-4 }
    }()

    private static let encodedMean = """
        IzQQABU8IVNgNr7wfCtZRHQzFhU3iAUAAGwYIxQek25IKA2QrSEjHwQvoHlBPQkZk1AAajMAN2czCEEiMC8jTloRoWcWCQpuH30hOABB\
        UogZEsWELA0OeDypehgbChMAIwAHFxURZpJWcBpONeIFuy7bWQCNLw8wtJv/i1bUmZ1/ESEFNo+Qj4g4c0EAJ8Epah3MAtuXw6ACI2jE\
        E0N/hVkHfo9fg1phtpsDJBSPETYpqI4cqR4zR2gAEWYVQERWH3sAUTJvY2lNfTJTAE8hoRYZLgS0fwGIAEaIE41VDAAYYkRWAAs9CQ4A\
        BYiCoK3BzpcbppNuzTTFOA6VjAQfAw==
        """
}

extension SpeakerVoices {
    mutating func save(to writer: inout StateWriter) {
        directions.save(to: &writer)
        writer.write(stretches.flatMap { [$0.span.lowerBound, $0.span.upperBound, $0.weight, $0.heardCount] })
    }

    mutating func restore(from reader: inout StateReader) throws {
        try directions.restore(from: &reader)
        let numbers: [Int] = try reader.values()
        stretches = try stride(from: 0, to: numbers.count, by: 4).map { index in
            guard index + 3 < numbers.count, numbers[index] <= numbers[index + 1] else { throw StateReader.Mismatch() }
            return Stretch(
                span: numbers[index]..<numbers[index + 1], weight: numbers[index + 2], heardCount: numbers[index + 3])
        }
        guard directions.count == stretches.count * SpeakerEncoder.width else { throw StateReader.Mismatch() }
    }

    mutating func recall(_ lists: RecalledLists) throws { try directions.recall(lists) }
}
