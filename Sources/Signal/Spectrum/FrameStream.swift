/// Cuts a stream of mono samples into overlapping, windowed frames.
///
/// Frame `k` is centred on sample `k·hop`: it covers `k·hop − frameSize/2 ..< k·hop + frameSize/2`, and what lies before
/// the first and behind the last sample counts as 0 (librosa's `center=True, pad_mode="constant"`). A stream of `n > 0`
/// samples gives `1 + n/hop` frames (for even frame sizes), an empty one none. The frames do not depend on how the
/// samples were divided into blocks. Infinite samples and NaN count as 0. Memory: about two frames.
public final class FrameStream {
    /// Samples in a frame.
    public let frameSize: Int
    /// Samples from a frame's centre to the next one's.
    public let hop: Int
    /// Frames given so far.
    public private(set) var frameCount = 0

    private let window: FloatBuffer
    private let frame: FloatBuffer
    private let pending: FloatBuffer
    /// The next frame begins at `pending[start]`; samples up to `filled` are there.
    private var start = 0
    private var filled: Int
    private var sampleCount = 0
    private var isFinished = false

    /// Makes a stream.
    ///
    /// - Parameters:
    ///   - frameSize: Samples in a frame, at least 1.
    ///   - hop: Samples between frames, at least 1; may exceed `frameSize`.
    ///   - window: What frames are multiplied with.
    public init(frameSize: Int, hop: Int, window: WindowShape = .hann) {
        precondition(frameSize > 0 && hop > 0, "frame size and hop must be positive")
        self.frameSize = frameSize
        self.hop = hop
        self.window = FloatBuffer(window.values(count: frameSize))
        frame = FloatBuffer(count: frameSize)
        pending = FloatBuffer(count: 2 * frameSize + hop + 1024)
        filled = frameSize / 2
    }

    /// Adds samples; calls `body` with each frame that they complete.
    ///
    /// - Parameters:
    ///   - samples: Any number of samples.
    ///   - body: Receives `frameSize` windowed samples, valid during the call only.
    public func push(_ samples: UnsafeBufferPointer<Float>, _ body: (UnsafeBufferPointer<Float>) -> Void) {
        guard let source = samples.baseAddress, !isFinished else { return }
        append(source, count: samples.count, body)
        sampleCount += samples.count
    }

    /// Adds samples; calls `body` with each frame that they complete.
    public func push(_ samples: [Float], _ body: (UnsafeBufferPointer<Float>) -> Void) {
        samples.withUnsafeBufferPointer { push($0, body) }
    }

    /// Ends the stream; calls `body` with the frames that reach beyond the last sample. Further calls do nothing.
    public func finish(_ body: (UnsafeBufferPointer<Float>) -> Void) {
        guard !isFinished else { return }
        isFinished = true
        guard sampleCount > 0 else { return }
        append(nil, count: frameSize / 2, body)
    }

    /// Copies `count` samples (zeros without a source) behind the pending ones and gives what is complete.
    private func append(
        _ source: UnsafePointer<Float>?, count: Int, _ body: (UnsafeBufferPointer<Float>) -> Void
    ) {
        var taken = 0
        while taken < count {
            if filled == pending.count { compact() }
            let run = min(count - taken, pending.count - filled)
            let target = pending.base + filled
            if let source {
                let origin = source + taken
                for index in 0..<run { target[index] = sanitized(origin[index]) }
            } else {
                for index in 0..<run { target[index] = 0 }
            }
            filled += run
            taken += run
            while start + frameSize <= filled {
                emit(body)
                start += hop
            }
        }
    }

    /// Moves what is still needed to the front. The next frame may begin behind everything that has arrived.
    private func compact() {
        let shift = min(start, filled)
        let kept = filled - shift
        for index in 0..<kept { pending.base[index] = pending.base[shift + index] }
        filled = kept
        start -= shift
    }

    private func emit(_ body: (UnsafeBufferPointer<Float>) -> Void) {
        let origin = pending.base + start
        let weights = window.base
        let target = frame.base
        for index in 0..<frameSize { target[index] = origin[index] * weights[index] }
        frameCount += 1
        body(UnsafeBufferPointer(start: target, count: frameSize))
    }
}

extension FrameStream: Resumable {
    package func save(to writer: inout StateWriter) {
        pending.save(to: &writer)
        writer.write([start, filled, sampleCount, frameCount])
    }

    package func restore(from reader: inout StateReader) throws {
        try pending.restore(from: &reader)
        let numbers: [Int] = try reader.values()
        guard numbers.count == 4 else { throw StateReader.Mismatch() }
        (start, filled, sampleCount, frameCount) = (numbers[0], numbers[1], numbers[2], numbers[3])
        guard start >= 0, (0...pending.count).contains(filled) else { throw StateReader.Mismatch() }
    }
}
