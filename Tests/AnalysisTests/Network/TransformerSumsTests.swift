import CDense
import Foundation
import Testing

/// The kernels of transformers, against plain sums in double precision. What a row gives has the same bits whatever rows are beside it.
@Suite("Sums of a transformer")
struct TransformerSumsTests {
    private struct Packed {
        var bytes: [UInt8]
        var scales: [Float]
    }

    private static func packed(_ weights: [Float], outputs: Int, inputs: Int) -> Packed {
        let padded = (outputs + 15) / 16 * 16
        var packed = Packed(
            bytes: [UInt8](repeating: 7, count: padded * inputs), scales: [Float](repeating: 7, count: padded))
        cdense_pack(weights, inputs, outputs, inputs, &packed.bytes, &packed.scales)
        return packed
    }

    @Test(
        "Products of bytes are those of whole numbers, for any number of rows and outputs",
        arguments: [1, 2, 3, 5, 6, 7, 11, 13, 40], [(16, 16), (17, 64), (64, 64), (100, 128), (143, 384)])
    func products(rows: Int, shape: (outputs: Int, inputs: Int)) {
        let (outputs, inputs) = shape
        let weights = DenseLayerTests.numbers(outputs * inputs, seed: 4)
        let biases = DenseLayerTests.numbers(outputs, seed: 5)
        let source = DenseLayerTests.numbers(rows * inputs, seed: 6)
        let packed = Self.packed(weights, outputs: outputs, inputs: inputs)
        var bytes = [Int8](repeating: 0, count: rows * inputs)
        var scales = [Float](repeating: 0, count: rows)
        var sums = [Int32](repeating: 0, count: rows)
        cdense_round(source, inputs, rows, inputs, &bytes, &scales, &sums)
        var found = [Float](repeating: 1, count: rows * outputs)
        cdense_products(
            bytes, scales, sums, rows, inputs, packed.bytes, packed.scales, biases, outputs, &found, outputs, 1)
        var row = [Float](repeating: 0, count: inputs)
        for output in 0..<outputs {
            cdense_unpack(packed.bytes, packed.scales, output, inputs, &row)
            let reach = (0..<inputs).map { abs(weights[output * inputs + $0]) }.max() ?? 0
            for input in 0..<inputs {
                #expect(abs(row[input] - weights[output * inputs + input]) <= reach / 253)
            }
            for line in 0..<rows {
                var whole = 0
                for input in 0..<inputs {
                    let weight = Int((row[input] / packed.scales[output]).rounded())
                    whole += Int(bytes[line * inputs + input]) * weight
                }
                let sum = (1 + biases[output]).addingProduct(Float(whole), packed.scales[output] * scales[line])
                #expect(abs(found[line * outputs + output] - sum) <= 1e-6)
            }
        }
        // One row at a time, the same bits.
        for line in 0..<rows {
            var alone = [Float](repeating: 1, count: outputs)
            let from = line * inputs
            cdense_products(
                Array(bytes[from..<from + inputs]), [scales[line]], [sums[line]], 1, inputs, packed.bytes,
                packed.scales, biases, outputs, &alone, outputs, 1)
            #expect(alone.map(\.bitPattern) == found[line * outputs..<(line + 1) * outputs].map(\.bitPattern))
        }
    }

    /// The bits of everything that the kernels give for some numbers.
    private static func everything() -> [UInt32] {
        let (rows, inputs, outputs) = (11, 128, 150)
        let source = DenseLayerTests.numbers(rows * inputs, seed: 21)
        let packed = packed(DenseLayerTests.numbers(outputs * inputs, seed: 20), outputs: outputs, inputs: inputs)
        var bytes = [Int8](repeating: 0, count: rows * inputs)
        var scales = [Float](repeating: 0, count: rows)
        var sums = [Int32](repeating: 0, count: rows)
        cdense_round(source, inputs, rows, inputs, &bytes, &scales, &sums)
        var products = [Float](repeating: 0, count: rows * outputs)
        cdense_products(
            bytes, scales, sums, rows, inputs, packed.bytes, packed.scales, source, outputs, &products, outputs, 0)
        var normal = source
        cdense_norm(source, rows, inputs, source, source, &normal)
        var unit = source
        cdense_gelu(&unit, unit.count)
        var chances = Array(source.prefix(1003))
        cdense_softmax(&chances, 1003)
        var (mixed, ofBytes) = ([Float](repeating: 0, count: 640), [Float](repeating: 0, count: 640))
        cdense_mix(source, 16, 10, source, 64, 16, &mixed, 64)
        cdense_mix_bytes(source, 8, 10, source, bytes, 8, &ofBytes, 64)
        var (scores, inSlots) = ([Float](repeating: 0, count: 4), [Float](repeating: 0, count: 64))
        cdense_scores(source, source, 64, [3, 0, 7, 5], 4, &scores)
        cdense_mix_slots(source, source, 64, [3, 0, 7, 5], 4, &inSlots)
        let numbers = packed.scales + scales + products + normal + unit + chances + mixed + ofBytes + scores + inSlots
        return numbers.map(\.bitPattern) + (packed.bytes.map(UInt32.init) + bytes.map { UInt32(bitPattern: Int32($0)) })
    }

    @Test("Narrower vectors give the same bits")
    func narrower() {
        let widest = Self.everything()
        defer { cdense_limit(512) }
        for bits in [256 as Int32, 128] {
            cdense_limit(bits)
            #expect(Self.everything() == widest)
        }
    }

    @Test("A row of zeros, and one of a single number, round as they are")
    func roundings() {
        var bytes = [Int8](repeating: 1, count: 32)
        var scales: [Float] = [1, 1]
        var sums: [Int32] = [1, 1]
        let rows = [Float](repeating: 0, count: 16) + [-2.54] + [Float](repeating: 0, count: 15)
        cdense_round(rows, 16, 2, 16, &bytes, &scales, &sums)
        #expect(bytes == [Int8](repeating: 0, count: 16) + [-127] + [Int8](repeating: 0, count: 15))
        #expect(scales[0] == 0 && abs(scales[1] - 0.02) < 1e-8 && sums == [0, -127])
    }

    @Test(
        "Normalisation, softmax and the error unit are right to a millionth", arguments: [1, 2, 15, 16, 17, 64, 1500])
    func elementwise(count: Int) {
        let values = DenseLayerTests.numbers(count, seed: 7).map { $0 * 12 }
        var chances = values
        cdense_softmax(&chances, count)
        let top = Double(values.max() ?? 0)
        let total = values.reduce(0) { $0 + exp(Double($1) - top) }
        for (value, chance) in zip(values, chances) {
            #expect(abs(Double(chance) - exp(Double(value) - top) / total) < 1e-6)
        }
        #expect(abs(Double(cdense_sum_of_exponentials(values, count, Float(top))) / total - 1) < 1e-5)
        #expect(cdense_largest(values, count) == values.max())

        let width = (count + 15) / 16 * 16
        let row = DenseLayerTests.numbers(width, seed: 8).map { $0 * 9 }
        var unit = row
        cdense_gelu(&unit, width)
        for (value, found) in zip(row, unit) {
            #expect(abs(Double(found) - Double(value) * 0.5 * (1 + erf(Double(value) / 2.0.squareRoot()))) < 2e-6)
        }
        let (gains, biases) = (DenseLayerTests.numbers(width, seed: 9), DenseLayerTests.numbers(width, seed: 10))
        var normal = [Float](repeating: 0, count: width)
        cdense_norm(row, 1, width, gains, biases, &normal)
        let mean = row.reduce(0) { $0 + Double($1) } / Double(width)
        let variance = row.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(width)
        for index in 0..<width {
            let expected =
                (Double(row[index]) - mean) / (variance + 1e-5).squareRoot() * Double(gains[index])
                + Double(biases[index])
            #expect(abs(Double(normal[index]) - expected) < 1e-5)
        }
    }

    @Test("Of what is forbidden nothing is likely; all forbidden but one leaves that one")
    func forbidden() {
        var chances: [Float] = [-.infinity, 3, -.infinity, -.infinity]
        cdense_softmax(&chances, 4)
        #expect(chances == [0, 1, 0, 0] || (chances[1] == 1 && chances.allSatisfy { $0 < 1e-37 || $0 == 1 }))
    }

    @Test("The largest numbers are found in order, of equal ones the first", arguments: [1, 5, 63, 64, 65, 51_864])
    func top(count: Int) {
        var values = DenseLayerTests.numbers(count, seed: 11)
        if count > 70 {
            values[70] = values[3]
            values[10] = -.infinity
        }
        var places = [Int32](repeating: -1, count: 6)
        let found = cdense_top(values, count, 6, &places)
        let expected = values.indices.sorted { (values[$0], $1) > (values[$1], $0) }.prefix(6)
        #expect(found == expected.count && Array(places.prefix(found)) == expected.map(Int32.init))
        #expect(cdense_top([Float](repeating: -.infinity, count: 4), 4, 2, &places) == 0)
    }

    @Test("Weighted sums of values, as numbers, in slots and as bytes", arguments: [1, 4, 5, 6, 7, 12])
    func mixes(rows: Int) {
        let (count, width) = (37, 64)
        let weights = DenseLayerTests.numbers(rows * count, seed: 12)
        let values = DenseLayerTests.numbers(count * width, seed: 13)
        var bytes = [Int8](repeating: 0, count: count * width)
        var scales = [Float](repeating: 0, count: count)
        var sums = [Int32](repeating: 0, count: count)
        cdense_round(values, width, count, width, &bytes, &scales, &sums)
        var mixed = [Float](repeating: 0, count: rows * width)
        var ofBytes = mixed
        cdense_mix(weights, count, rows, values, width, count, &mixed, width)
        cdense_mix_bytes(weights, count, rows, scales, bytes, count, &ofBytes, width)
        let slots = (0..<count).reversed().map(Int32.init)
        for row in 0..<rows {
            var inSlots = [Float](repeating: 0, count: width)
            let backwards = Array(weights[row * count..<(row + 1) * count].reversed())
            cdense_mix_slots(backwards, values, width, slots, count, &inSlots)
            for column in 0..<width {
                var exact = 0.0
                var rounded = 0.0
                for index in 0..<count {
                    let weight = Double(weights[row * count + index])
                    exact += weight * Double(values[index * width + column])
                    rounded += weight * Double(scales[index]) * Double(bytes[index * width + column])
                }
                #expect(abs(Double(mixed[row * width + column]) - exact) < 1e-5)
                #expect(abs(Double(inSlots[column]) - exact) < 1e-5)
                #expect(abs(Double(ofBytes[row * width + column]) - rounded) < 1e-5)
            }
        }
        var scores = [Float](repeating: 0, count: count)
        let query = Array(values[0..<width])
        cdense_scores(query, values, width, slots, count, &scores)
        for index in 0..<count {
            let key = (count - 1 - index) * width
            let exact = (0..<width).reduce(0.0) { $0 + Double(query[$1]) * Double(values[key + $1]) }
            #expect(abs(Double(scores[index]) - exact) < 1e-5)
        }
    }

    @Test("Numbers of 16 bits are widened exactly, the smallest ones too")
    func halves() {
        let bits: [UInt16] = [0, 0x8000, 1, 0x03FF, 0x0400, 0x3C00, 0xC000, 0x7BFF, 0x3555] + (0..<40).map { $0 * 700 }
        var found = [Float](repeating: 0, count: bits.count)
        cdense_halves(bits, bits.count, &found)
        for (bits, value) in zip(bits, found) where bits & 0x7C00 != 0x7C00 {
            let exponent = Int(bits >> 10 & 31)
            let fraction = Double(bits & 0x3FF) / 1024
            let magnitude = exponent == 0 ? fraction * 0x1p-14 : (1 + fraction) * pow(2, Double(exponent - 15))
            #expect(Double(value) == (bits & 0x8000 == 0 ? magnitude : -magnitude))
        }
    }
}
