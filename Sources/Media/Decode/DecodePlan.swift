/// How the samples that ffmpeg gives are laid onto the file's presentation clock.
struct DecodePlan: Sendable {
    /// Frames of silence before the first sample.
    var leadingSilence = 0
    /// Frames to drop from the front: sound before the presentation zero.
    var leadingDrop = 0
    /// Frame at which the file's edit list ends the stream; a little more than that is padding.
    var editEnd: Int?
    /// Most frames beyond `editEnd` that count as padding; if there is more, the edit list is not believed.
    var paddingLimit = 0
    /// Seconds at which the stream should end, where a header or an index says so.
    var declaredEndSeconds: Double?
    /// Most frames to give.
    var maximumFrames: Int
    let sampleRateHz: Int

    /// - Parameters:
    ///   - firstSample: Time of the first sample on the container's clock, in seconds; null for the zero itself.
    ///   - sampleRateHz: Rate of the decoded samples.
    init(_ info: MediaInfo, firstSample: Double?, sampleRateHz: Int, limits: MediaLimits) throws(MediaError) {
        self.sampleRateHz = sampleRateHz
        let rate = Double(sampleRateHz)
        let maximumSeconds = limits.maximumSeconds(of: info)
        maximumFrames = Int(exactly: (maximumSeconds * rate).rounded()) ?? .max
        var lead = (firstSample ?? info.presentationZeroSeconds) - info.presentationZeroSeconds
        // No priming is that long: such a clock is wrong, and no reason to throw sound away.
        if lead < -10 { lead = 0 }
        guard lead <= maximumSeconds, let frames = Int(exactly: (lead * rate).rounded()) else {
            throw Self.tooLong
        }
        leadingSilence = max(frames, 0)
        leadingDrop = max(-frames, 0)
        declaredEndSeconds = info.declaredEndSeconds
        if let end = info.editEndSeconds, let frame = Int(exactly: (end * rate).rounded()), frame > leadingSilence {
            editEnd = frame
            paddingLimit = sampleRateHz / 4
        }
    }

    /// Whether a decode that ended at a frame lacks something of what the file declares.
    ///
    /// The allowance covers what is declared though it is trimmed: the priming and padding of MP3 (at most 1105 and 1152
    /// samples) and the rounding of container clocks.
    func isShort(at frame: Int) -> Bool {
        guard let declaredEndSeconds else { return false }
        let allowance = 0.1 + 2304 / Double(sampleRateHz)
        return declaredEndSeconds - Double(frame) / Double(sampleRateHz) > allowance
    }

    static let tooLong = MediaError(.limitExceeded, "the recording is longer than the limit")
}
