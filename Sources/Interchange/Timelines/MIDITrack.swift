/// The bytes of one track of a Standard MIDI File; events are appended in order of time.
struct MIDITrack {
    enum TextKind: UInt8 {
        case text = 0x01
        case trackName = 0x03
        case marker = 0x06
    }

    /// The longest time between two events, in ticks; empty texts bridge longer ones.
    private static let longestDelta = 0x0FFF_FFFF

    private var bytes: [UInt8] = []
    private var tick = 0

    mutating func append(_ event: [UInt8], at tick: Int) {
        while tick - self.tick > Self.longestDelta {
            appendQuantity(Self.longestDelta)
            bytes += [0xFF, TextKind.text.rawValue, 0]
            self.tick += Self.longestDelta
        }
        appendQuantity(max(tick - self.tick, 0))
        bytes += event
        self.tick = max(tick, self.tick)
    }

    mutating func append(_ tempo: TempoGrid.Tempo, at tick: Int) {
        let value = UInt32(clamping: tempo.microseconds)
        append(
            [0xFF, 0x51, 3, UInt8(truncatingIfNeeded: value >> 16), UInt8(truncatingIfNeeded: value >> 8)]
                + [UInt8(truncatingIfNeeded: value)], at: tick)
    }

    mutating func append(_ signature: TempoGrid.Signature, at tick: Int) {
        append(
            [0xFF, 0x58, 4, UInt8(clamping: signature.numerator), UInt8(clamping: signature.denominatorPower), 24, 8],
            at: tick)
    }

    /// Text of at most 120 bytes of UTF-8, which all readers of today take.
    mutating func appendText(_ kind: TextKind, _ text: String, at tick: Int = 0) {
        var kept: [UInt8] = []
        for scalar in text.unicodeScalars {
            let encoded = Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            guard kept.count + encoded.count <= 120 else { break }
            kept += encoded
        }
        append([0xFF, kind.rawValue, UInt8(kept.count)] + kept, at: tick)
    }

    mutating func end(at tick: Int) { append([0xFF, 0x2F, 0], at: tick) }

    /// A file of format 1.
    static func file(_ tracks: [MIDITrack], ticksPerQuarter: Int) -> [UInt8] {
        var file = Array("MThd".utf8) + [0, 0, 0, 6, 0, 1, 0, UInt8(clamping: tracks.count)]
        file += [UInt8(truncatingIfNeeded: ticksPerQuarter >> 8), UInt8(truncatingIfNeeded: ticksPerQuarter)]
        for track in tracks {
            file += Array("MTrk".utf8)
            let length = UInt32(clamping: track.bytes.count)
            file += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
            file += track.bytes
        }
        return file
    }

    /// Seven bits a byte, the highest first; all but the last have the top bit set.
    private mutating func appendQuantity(_ value: Int) {
        for shift in [21, 14, 7] where value >> shift != 0 {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift & 0x7F) | 0x80)
        }
        bytes.append(UInt8(truncatingIfNeeded: value & 0x7F))
    }
}
