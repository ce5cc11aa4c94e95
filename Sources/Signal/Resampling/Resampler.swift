/// Converts a mono stream from one sample rate to another.
///
/// Output sample `n` is the value at time `n/outputRate` exactly (the filter's delay is taken out); `inputCount`
/// samples give `ceil(inputCount·outputRate/inputRate)` of them. The signal counts as 0 before its first and behind
/// its last sample. The filter is a Kaiser-windowed sinc (Crochiere and Rabiner, "Multirate Digital Signal
/// Processing", 1983): within 0.1 dB up to 0.9 of the lower Nyquist frequency, at least 80 dB down above it.
/// The output does not depend on how the input was divided into blocks. Infinite samples and NaN count as 0.
///
/// Ratios with few phases use an exact table; others interpolate linearly between neighbouring phases of a dense one
/// (error below −90 dB). Where the input rate is more than about 500 times the output rate the filter is cut
/// short and the stop band is lost. Memory is bounded by 3 MB.
public final class Resampler {
    public let inputRate: Int
    public let outputRate: Int

    private let table: ResamplerTable?
    /// Whole input samples between two output samples, and the rest in `1/phaseUnits` of a sample.
    private let step: Int
    private let stepRest: Int
    private let phaseUnits: Int

    private let pending: FloatBuffer
    private let produced: FloatBuffer
    private var filled: Int
    /// Where in `pending` the first tap of the next output sample lies.
    private var start = 0
    /// Position of the next output sample between input samples, in `0..<phaseUnits`.
    private var phase = 0
    /// Input samples from the next output sample's own to the end of the input so far.
    private var ahead = 0
    private var isFinished = false

    /// Makes a resampler.
    ///
    /// - Parameters:
    ///   - inputRate: 1...768000 Hz.
    ///   - outputRate: 1...768000 Hz.
    /// - Returns: nil for rates outside these ranges.
    public init?(inputRate: Int, outputRate: Int) {
        guard (1...768_000).contains(inputRate), (1...768_000).contains(outputRate) else { return nil }
        self.inputRate = inputRate
        self.outputRate = outputRate
        let divisor = Self.greatestCommonDivisor(inputRate, outputRate)
        phaseUnits = outputRate / divisor
        step = inputRate / outputRate
        stepRest = (inputRate % outputRate) / divisor
        let table =
            inputRate == outputRate
            ? nil : ResamplerTable(stretch: Double(inputRate) / Double(outputRate), phaseUnits: phaseUnits)
        self.table = table
        let taps = table?.tapCount ?? 0
        pending = FloatBuffer(count: 2 * taps + 8192)
        produced = FloatBuffer(count: 1024)
        filled = max(0, taps / 2 - 1)
    }

    /// Adds samples and appends the output that they complete.
    public func process(_ block: UnsafeBufferPointer<Float>, into output: inout [Float]) {
        guard let source = block.baseAddress, block.count > 0, !isFinished else { return }
        guard let table else {
            output.reserveCapacity(output.count + block.count)
            for sample in block { output.append(sanitized(sample)) }
            return
        }
        var taken = 0
        while taken < block.count {
            if filled == pending.count { compact() }
            let run = min(block.count - taken, pending.count - filled)
            let target = pending.base + filled
            let origin = source + taken
            for index in 0..<run { target[index] = sanitized(origin[index]) }
            filled += run
            ahead += run
            taken += run
            produce(table, into: &output)
        }
    }

    /// Adds samples and appends the output that they complete.
    public func process(_ block: [Float], into output: inout [Float]) {
        block.withUnsafeBufferPointer { process($0, into: &output) }
    }

    /// Ends the stream and appends the rest of the output. Further calls do nothing.
    public func finish(into output: inout [Float]) {
        guard !isFinished else { return }
        isFinished = true
        guard let table else { return }
        var missing = table.tapCount / 2
        while missing > 0 {
            if filled == pending.count { compact() }
            let run = min(missing, pending.count - filled)
            for index in 0..<run { pending.base[filled + index] = 0 }
            filled += run
            missing -= run
            produce(table, into: &output)
        }
    }

    /// Converts a whole recording; nil for rates outside 1...768000 Hz.
    public static func resample(_ samples: [Float], from inputRate: Int, to outputRate: Int) -> [Float]? {
        guard let resampler = Resampler(inputRate: inputRate, outputRate: outputRate) else { return nil }
        var output: [Float] = []
        resampler.process(samples, into: &output)
        resampler.finish(into: &output)
        return output
    }

    private func produce(_ table: ResamplerTable, into output: inout [Float]) {
        var count = 0
        while ahead > 0, start + table.tapCount <= filled {
            produced.base[count] = table.value(pending.base + start, phase: phase)
            count += 1
            phase += stepRest
            let carry = phase >= phaseUnits ? 1 : 0
            phase -= carry * phaseUnits
            start += step + carry
            ahead -= step + carry
            if count == produced.count {
                output.append(contentsOf: UnsafeBufferPointer(start: produced.base, count: count))
                count = 0
            }
        }
        output.append(contentsOf: UnsafeBufferPointer(start: produced.base, count: count))
    }

    /// Moves what is still needed to the front. The next output may need nothing of what has arrived.
    private func compact() {
        let shift = min(start, filled)
        let kept = filled - shift
        for index in 0..<kept { pending.base[index] = pending.base[shift + index] }
        filled = kept
        start -= shift
    }

    private static func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
        var (larger, smaller) = (first, second)
        while smaller != 0 { (larger, smaller) = (smaller, larger % smaller) }
        return larger
    }
}

extension Resampler: Resumable {
    package func save(to writer: inout StateWriter) {
        pending.save(to: &writer)
        writer.write([filled, start, phase, ahead])
    }

    package func restore(from reader: inout StateReader) throws {
        try pending.restore(from: &reader)
        let numbers: [Int] = try reader.values()
        guard numbers.count == 4 else { throw StateReader.Mismatch() }
        (filled, start, phase, ahead) = (numbers[0], numbers[1], numbers[2], numbers[3])
        guard start >= 0, (0...pending.count).contains(filled), (0..<phaseUnits).contains(phase) else {
            throw StateReader.Mismatch()
        }
    }
}
