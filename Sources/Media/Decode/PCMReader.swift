import Subprocess

/// Takes ffmpeg's WAV stream apart: first the header, then whole frames of floats.
///
/// The header tells what ffmpeg really writes, which a probe can only guess for some streams (HE-AAC declares half its
/// rate, a stream may change its form after the first packets). ffmpeg keeps its output's form to the end.
struct PCMReader {
    private var source: SubprocessOutputSequence.Iterator
    private var pending: [UInt8] = []
    private var bytesPerFrame = 0

    init(_ output: SubprocessOutputSequence) {
        source = output.makeAsyncIterator()
    }

    /// Reads up to the first sample.
    ///
    /// - Returns: Null when the output ends before.
    mutating func readHeader(state: DecodeState) async throws -> WaveHeader? {
        while true {
            let bytes = pending
            let header = WaveHeader { offset, count in
                guard offset >= 0, offset < bytes.count else { return [] }
                return Array(bytes[Int(offset)...].prefix(count))
            }
            if let header, header.channelCount > 0, header.sampleRateHz > 0 {
                pending.removeFirst(Int(header.dataOffset))
                bytesPerFrame = header.channelCount * MemoryLayout<Float>.size
                return header
            }
            guard pending.count < 65_536, let buffer = try await nextBuffer(state: state) else { return nil }
            buffer.withUnsafeBytes { pending.append(contentsOf: $0) }
        }
    }

    /// The next whole frames, interleaved, every sample finite; null at the end.
    mutating func nextBlock(state: DecodeState) async throws -> [Float]? {
        while true {
            if pending.count >= bytesPerFrame {
                return takePending()
            }
            guard let buffer = try await nextBuffer(state: state) else { return nil }
            if pending.isEmpty, buffer.count >= bytesPerFrame {
                return buffer.withUnsafeBytes { take($0) }
            }
            buffer.withUnsafeBytes { pending.append(contentsOf: $0) }
        }
    }

    private mutating func takePending() -> [Float] {
        let bytes = pending
        pending = []
        return bytes.withUnsafeBytes { take($0) }
    }

    /// Copies the whole frames out and keeps the rest.
    private mutating func take(_ bytes: UnsafeRawBufferPointer) -> [Float] {
        let used = bytes.count / bytesPerFrame * bytesPerFrame
        pending.append(contentsOf: bytes[used...])
        let count = used / MemoryLayout<Float>.size
        return [Float](unsafeUninitializedCapacity: count) { samples, filled in
            UnsafeMutableRawBufferPointer(samples).copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<used]))
            for index in 0..<count {
                let sample = samples[index]
                // Float files may hold anything. NaN fails this comparison too.
                samples[index] = abs(sample) <= 1e6 ? sample : 0
            }
            filled = count
        }
    }

    private mutating func nextBuffer(state: DecodeState) async throws -> SubprocessOutputSequence.Buffer? {
        state.beginWaiting()
        defer { state.endWaiting() }
        let buffer = try await source.next()
        // A cancelled or killed child looks like the end of its output.
        try Task.checkCancellation()
        if state.isStalled {
            throw MediaError(.timedOut, "decoding made no progress")
        }
        return buffer
    }
}
