/// The samples of one audio stream, in order, as blocks of interleaved floats.
///
/// A block holds whole frames, never none, and only finite samples; blocks differ in size (tens of kilobytes). ffmpeg
/// waits while nothing is pulled. The sequence is read once, by one task, inside `AudioDecoder.withDecodedAudio`; a
/// second reader is given an error.
///
///     for try await block in audio {
///         meter.process(block, channelCount: audio.format.channelCount)
///     }
public struct DecodedAudio: AsyncSequence, Sendable {
    public typealias Element = [Float]

    /// The form of the samples.
    public let format: AudioFormat
    /// What the container says.
    public let info: MediaInfo

    private let plan: DecodePlan
    private let state: DecodeState
    private let unclaimed: Unclaimed

    /// A reader on its way to the one iterator. Invariant: `DecodeState.claim()` lets it out only once.
    private struct Unclaimed: @unchecked Sendable {
        let reader: PCMReader
    }

    init(format: AudioFormat, info: MediaInfo, plan: DecodePlan, reader: sending PCMReader, state: DecodeState) {
        self.format = format
        self.info = info
        self.plan = plan
        self.state = state
        unclaimed = Unclaimed(reader: reader)
    }

    /// Frames given so far, the silence before a late start included; after the end, the length of the recording.
    public var framesDecoded: Int { state.framesDecoded }

    /// Whether the end of the stream was reached.
    public var isComplete: Bool { state.isComplete }

    /// What a reader should know; complete once the sequence has ended.
    public var warnings: [MediaWarning] { state.warnings }

    /// What ffmpeg said on standard error, bounded. For logs: it may name paths.
    public var diagnostics: String { state.diagnostics }

    public func makeAsyncIterator() -> Iterator {
        Iterator(
            reader: state.claim() ? unclaimed.reader : nil, plan: plan, channelCount: format.channelCount,
            state: state)
    }
}

extension DecodedAudio {
    /// Pulls the blocks from the decoder, one after the other.
    public struct Iterator: AsyncIteratorProtocol {
        private var reader: PCMReader?
        private let plan: DecodePlan
        private let channelCount: Int
        private let state: DecodeState
        private var silenceLeft: Int
        private var dropLeft: Int
        /// Samples beyond the edit list's end: padding, unless too many follow.
        private var held: [Float] = []
        private var isEditEndBelieved: Bool
        private var position = 0

        init(reader: PCMReader?, plan: DecodePlan, channelCount: Int, state: DecodeState) {
            self.reader = reader
            self.plan = plan
            self.channelCount = channelCount
            self.state = state
            silenceLeft = plan.leadingSilence
            dropLeft = plan.leadingDrop
            isEditEndBelieved = plan.editEnd != nil
        }

        /// The next block; null after the last.
        ///
        /// - Throws: `MediaError` (`timedOut`, `limitExceeded`, `decodeFailed`); `CancellationError`.
        public mutating func next() async throws -> [Float]? {
            guard !state.isComplete else { return nil }
            guard reader != nil else {
                throw MediaError(.decodeFailed, "decoded audio can be read only once")
            }
            try Task.checkCancellation()
            if silenceLeft > 0 {
                let frames = Swift.min(silenceLeft, 8192)
                silenceLeft -= frames
                return try give([Float](repeating: 0, count: frames * channelCount))
            }
            while var block = try await reader?.nextBlock(state: state) {
                if dropLeft > 0 {
                    let frames = Swift.min(dropLeft, block.count / channelCount)
                    dropLeft -= frames
                    block.removeFirst(frames * channelCount)
                }
                holdBack(&block)
                if !block.isEmpty {
                    return try give(block)
                }
            }
            await state.waitForDiagnostics()
            try Task.checkCancellation()
            state.finish(warnings: warnings())
            return nil
        }

        private mutating func give(_ block: [Float]) throws -> [Float] {
            let frames = block.count / channelCount
            position += frames
            guard position <= plan.maximumFrames else { throw DecodePlan.tooLong }
            state.count(frames: frames)
            return block
        }

        /// Keeps back what lies beyond the edit list's end; gives it after all when it is too much to be padding.
        private mutating func holdBack(_ block: inout [Float]) {
            guard isEditEndBelieved, let end = plan.editEnd else { return }
            let room = Swift.max(end - position, 0) * channelCount
            guard block.count > room else { return }
            held.append(contentsOf: block[room...])
            block.removeLast(block.count - room)
            if held.count > plan.paddingLimit * channelCount {
                isEditEndBelieved = false
                block.append(contentsOf: held)
                held = []
            }
        }

        private func warnings() -> [MediaWarning] {
            let said = state.diagnostics
            let isCut =
                plan.isShort(at: position)
                || ["partial file", "File ended prematurely", "Input/output error"].contains { said.contains($0) }
            return isCut ? [.truncated] : []
        }
    }
}
