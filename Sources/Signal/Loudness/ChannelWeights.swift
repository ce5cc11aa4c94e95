/// Channel weights of ITU-R BS.1770: how much each channel's power counts.
///
/// BS.1770-5, Annex 1 and 3: 1.41 for loudspeakers at azimuths from 60° to 120° and elevations below 30°, 0 for low
/// frequency effects, 1 for all others. Rear channels are the surrounds (±110°) where a layout has no side channels,
/// and lie at ±135° (weight 1) where it has.
public enum ChannelWeights {
    /// Weights of a number of channels in their usual order.
    ///
    /// mono, stereo, 3.0, quad, 5.0, 5.1, 6.1, 7.1 for 1 to 8 channels; more channels all count 1.
    ///
    /// - Parameter channelCount: At least 0.
    public static func standard(channelCount: Int) -> [Double] {
        switch channelCount {
        case 4: return weights(ofSpeakers: speakers["quad"] ?? [])
        case 5: return weights(ofSpeakers: speakers["5.0"] ?? [])
        case 6: return weights(ofSpeakers: speakers["5.1"] ?? [])
        case 7: return weights(ofSpeakers: speakers["6.1"] ?? [])
        case 8: return weights(ofSpeakers: speakers["7.1"] ?? [])
        default: return [Double](repeating: 1, count: max(0, channelCount))
        }
    }

    /// Weights of a layout as ffmpeg names it, such as `5.1(side)` or `FL+FR+LFE`.
    ///
    /// - Parameters:
    ///   - layout: The name; nil, an unknown one or one of another channel count falls back to the usual order.
    ///   - channelCount: Number of channels that the samples have.
    public static func standard(layout: String?, channelCount: Int) -> [Double] {
        guard let layout else { return standard(channelCount: channelCount) }
        let names = speakers[layout] ?? layout.split(separator: "+").map(String.init)
        guard names.count == channelCount, names.allSatisfy(known.contains) else {
            return standard(channelCount: channelCount)
        }
        return weights(ofSpeakers: names)
    }

    private static func weights(ofSpeakers names: [String]) -> [Double] {
        let hasSides = names.contains("SL") || names.contains("SR")
        return names.map { name in
            switch name {
            case "LFE", "LFE2": return 0
            case "SL", "SR", "WL", "WR", "SDL", "SDR": return 1.41
            case "BL", "BR": return hasSides ? 1 : 1.41
            default: return 1
            }
        }
    }

    private static let known: Set<String> = [
        "FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC", "BC", "SL", "SR", "TC", "TFL", "TFC", "TFR", "TBL", "TBC",
        "TBR", "DL", "DR", "WL", "WR", "SDL", "SDR", "LFE2", "TSL", "TSR", "BFC", "BFL", "BFR",
    ]

    /// Loudspeakers by ffmpeg's layout name, in channel order.
    private static let speakers: [String: [String]] = [
        "mono": ["FC"],
        "stereo": ["FL", "FR"],
        "downmix": ["FL", "FR"],
        "2.1": ["FL", "FR", "LFE"],
        "3.0": ["FL", "FR", "FC"],
        "3.0(back)": ["FL", "FR", "BC"],
        "4.0": ["FL", "FR", "FC", "BC"],
        "quad": ["FL", "FR", "BL", "BR"],
        "quad(side)": ["FL", "FR", "SL", "SR"],
        "3.1": ["FL", "FR", "FC", "LFE"],
        "5.0": ["FL", "FR", "FC", "BL", "BR"],
        "5.0(side)": ["FL", "FR", "FC", "SL", "SR"],
        "4.1": ["FL", "FR", "FC", "LFE", "BC"],
        "5.1": ["FL", "FR", "FC", "LFE", "BL", "BR"],
        "5.1(side)": ["FL", "FR", "FC", "LFE", "SL", "SR"],
        "6.0": ["FL", "FR", "FC", "BC", "SL", "SR"],
        "6.0(front)": ["FL", "FR", "FLC", "FRC", "SL", "SR"],
        "hexagonal": ["FL", "FR", "FC", "BL", "BR", "BC"],
        "6.1": ["FL", "FR", "FC", "LFE", "BC", "SL", "SR"],
        "6.1(back)": ["FL", "FR", "FC", "LFE", "BL", "BR", "BC"],
        "6.1(front)": ["FL", "FR", "LFE", "FLC", "FRC", "SL", "SR"],
        "7.0": ["FL", "FR", "FC", "BL", "BR", "SL", "SR"],
        "7.0(front)": ["FL", "FR", "FC", "FLC", "FRC", "SL", "SR"],
        "7.1": ["FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"],
        "7.1(wide)": ["FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC"],
        "7.1(wide-side)": ["FL", "FR", "FC", "LFE", "FLC", "FRC", "SL", "SR"],
        "7.1(top)": ["FL", "FR", "FC", "LFE", "BL", "BR", "TFL", "TFR"],
        "octagonal": ["FL", "FR", "FC", "BL", "BR", "BC", "SL", "SR"],
        "cube": ["FL", "FR", "BL", "BR", "TFL", "TFR", "TBL", "TBR"],
    ]
}
