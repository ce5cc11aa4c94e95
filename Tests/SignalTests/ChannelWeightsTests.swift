import Signal
import Testing

struct ChannelWeightsTests {
    @Test("Usual channel counts have the standard's weights")
    func counts() {
        #expect(ChannelWeights.standard(channelCount: 1) == [1])
        #expect(ChannelWeights.standard(channelCount: 2) == [1, 1])
        #expect(ChannelWeights.standard(channelCount: 3) == [1, 1, 1])
        #expect(ChannelWeights.standard(channelCount: 4) == [1, 1, 1.41, 1.41])
        #expect(ChannelWeights.standard(channelCount: 5) == [1, 1, 1, 1.41, 1.41])
        #expect(ChannelWeights.standard(channelCount: 6) == [1, 1, 1, 0, 1.41, 1.41])
        #expect(ChannelWeights.standard(channelCount: 7) == [1, 1, 1, 0, 1, 1.41, 1.41])
        #expect(ChannelWeights.standard(channelCount: 8) == [1, 1, 1, 0, 1, 1, 1.41, 1.41])
        #expect(ChannelWeights.standard(channelCount: 64) == [Double](repeating: 1, count: 64))
        #expect(ChannelWeights.standard(channelCount: 0).isEmpty && ChannelWeights.standard(channelCount: -1).isEmpty)
    }

    @Test("Layouts by name or by list; unknown or contradicting ones fall back to the count")
    func layouts() {
        #expect(ChannelWeights.standard(layout: "2.1", channelCount: 3) == [1, 1, 0])
        #expect(ChannelWeights.standard(layout: "4.0", channelCount: 4) == [1, 1, 1, 1])
        #expect(ChannelWeights.standard(layout: "5.1(side)", channelCount: 6) == [1, 1, 1, 0, 1.41, 1.41])
        #expect(ChannelWeights.standard(layout: "FL+FR+LFE+SL", channelCount: 4) == [1, 1, 0, 1.41])
        #expect(ChannelWeights.standard(layout: "5.1", channelCount: 2) == [1, 1])
        #expect(ChannelWeights.standard(layout: "7 channels", channelCount: 2) == [1, 1])
        #expect(ChannelWeights.standard(layout: "", channelCount: 6) == ChannelWeights.standard(channelCount: 6))
        #expect(ChannelWeights.standard(layout: nil, channelCount: 6) == ChannelWeights.standard(channelCount: 6))
    }
}
