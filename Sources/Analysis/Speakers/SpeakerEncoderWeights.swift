import Foundation

/// The numbers of a speaker encoder, as `scripts/models/convert_speaker_encoder.py` writes them.
///
/// The file, little-endian: `CUELSPKR`; UInt32 version, mel bands, units of a layer, layers, length of an embedding; then
/// Float32: for each layer the matrices of its input and of its state, `[gates][units][inputs]`, and their two biases,
/// then the matrix and the bias of the linear layer. Gates are input, forget, cell, output.
package struct SpeakerEncoderWeights: Sendable {
    package static let bandCount = SpeakerFeatures.bandCount
    package static let unitCount = 256
    package static let embeddingCount = 256
    private static let layerCount = 3
    private static let magic: [UInt8] = Array("CUELSPKR".utf8)
    private static let version: UInt32 = 1

    /// Numbers of a file.
    private static let numberCount =
        4 * unitCount * (bandCount + (2 * layerCount - 1) * unitCount + 2 * layerCount)
        + embeddingCount * (unitCount + 1)

    /// For each layer `[inputs + units]` to the four gates, `[gates · units]`.
    let layers: [DenseLayer]
    /// `[embedding][units]`.
    let projection: [Float]
    let projectionBias: [Float]

    /// Reads a file.
    ///
    /// - Throws: ``AnalysisError`` `backendUnavailable` when there is none, or other than expected.
    package init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw AnalysisError(.backendUnavailable, "the speaker model cannot be read")
        }
        try self.init(bytes: [UInt8](data))
    }

    /// Reads the bytes of a file.
    ///
    /// - Throws: ``AnalysisError`` `backendUnavailable` when they are other than expected.
    package init(bytes: [UInt8]) throws {
        var reader = ModelReader(bytes)
        func floats(_ count: Int) throws -> [Float] {
            guard let values = reader.floats(count) else { throw Self.damaged }
            return values
        }
        let shape = [Self.bandCount, Self.unitCount, Self.layerCount, Self.embeddingCount]
        guard reader.take(Self.magic.count) == Self.magic[...], reader.word() == Self.version,
            shape.allSatisfy({ reader.word() == UInt32($0) })
        else { throw AnalysisError(.backendUnavailable, "the speaker model is of another kind") }
        let units = Self.unitCount
        guard bytes.count == reader.offset + 4 * Self.numberCount else { throw Self.damaged }
        var layers: [DenseLayer] = []
        for index in 0..<Self.layerCount {
            let inputs = index == 0 ? Self.bandCount : units
            let inputWeights = try floats(4 * units * inputs)
            let stateWeights = try floats(4 * units * units)
            let inputBias = try floats(4 * units)
            let stateBias = try floats(4 * units)
            let rows = Self.transposed(inputWeights, columns: inputs) + Self.transposed(stateWeights, columns: units)
            layers.append(DenseLayer(weights: rows, biases: zip(inputBias, stateBias).map(+)))
        }
        self.layers = layers
        projection = try floats(Self.embeddingCount * units)
        projectionBias = try floats(Self.embeddingCount)
    }

    /// `[rows][columns]` as `[columns][rows]`.
    private static func transposed(_ matrix: [Float], columns: Int) -> [Float] {
        let rows = matrix.count / columns
        var result = [Float](repeating: 0, count: matrix.count)
        // A few columns at a time, so that what is written stays near.
        for first in stride(from: 0, to: columns, by: 16) {
            for row in 0..<rows {
                for column in first..<min(first + 16, columns) {
                    result[column * rows + row] = matrix[row * columns + column]
                }
            }
        }
        return result
    }

    private static let damaged = AnalysisError(.backendUnavailable, "the speaker model is damaged")
}
