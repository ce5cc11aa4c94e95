/// Reads Standard MIDI Files as the standard says, independently of what writes them.
struct MIDIReader {
    struct Event {
        var tick: Int
        /// The status byte, or for meta events their type.
        var kind: UInt8
        var isMeta: Bool
        var data: [UInt8]
    }

    var division = 0
    var tracks: [[Event]] = []

    /// - Returns: nil unless every byte is accounted for.
    init?(_ file: [UInt8]) {
        var rest = file[...]
        guard let header = Self.chunk("MThd", of: &rest), header.count == 6, header[header.startIndex + 1] == 1 else {
            return nil
        }
        let count = Int(header[header.startIndex + 3])
        division = Int(header[header.startIndex + 4]) << 8 | Int(header[header.startIndex + 5])
        for _ in 0..<count {
            guard var chunk = Self.chunk("MTrk", of: &rest), let events = Self.events(&chunk) else { return nil }
            tracks.append(events)
        }
        guard rest.isEmpty else { return nil }
    }

    /// Times in microseconds of ticks in ascending order, by the tempos of the first track.
    func microseconds(of ticks: [Int]) -> [Double] {
        let tempos = tracks[0].filter { $0.isMeta && $0.kind == 0x51 }
        var next = 0
        var position = 0
        var tempo = 500_000
        var elapsed = 0
        return ticks.map { tick in
            while next < tempos.count, tempos[next].tick <= tick {
                elapsed += (tempos[next].tick - position) * tempo
                position = tempos[next].tick
                tempo = tempos[next].data.reduce(0) { $0 << 8 | Int($1) }
                next += 1
            }
            elapsed += (tick - position) * tempo
            position = tick
            return Double(elapsed) / Double(division)
        }
    }

    /// The ticks at which bars begin, up to the last tick.
    func barLines() -> Set<Int> {
        let end = tracks[0].last?.tick ?? 0
        let signatures = tracks[0].filter { $0.isMeta && $0.kind == 0x58 }
        var lines: Set<Int> = []
        for (index, signature) in signatures.enumerated() {
            let next = index + 1 < signatures.count ? signatures[index + 1].tick : end + 1
            let bar = Int(signature.data[0]) * division * 4 >> Int(signature.data[1])
            lines.formUnion(stride(from: signature.tick, to: next, by: max(bar, 1)))
        }
        return lines
    }

    private static func chunk(_ name: String, of rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard rest.count >= 8, rest.prefix(4).elementsEqual(name.utf8) else { return nil }
        let length = rest.dropFirst(4).prefix(4).reduce(0) { $0 << 8 | Int($1) }
        guard rest.count >= 8 + length else { return nil }
        defer { rest = rest.dropFirst(8 + length) }
        return rest.dropFirst(8).prefix(length)
    }

    private static func events(_ rest: inout ArraySlice<UInt8>) -> [Event]? {
        var events: [Event] = []
        var tick = 0
        while let delta = quantity(&rest) {
            tick += delta
            guard let status = rest.popFirst() else { return nil }
            if status == 0xFF {
                guard let kind = rest.popFirst(), let length = quantity(&rest), rest.count >= length else { return nil }
                events.append(Event(tick: tick, kind: kind, isMeta: true, data: Array(rest.prefix(length))))
                rest = rest.dropFirst(length)
                if kind == 0x2F { return rest.isEmpty ? events : nil }
            } else {
                guard status >= 0x80, rest.count >= 2 else { return nil }
                events.append(Event(tick: tick, kind: status, isMeta: false, data: Array(rest.prefix(2))))
                rest = rest.dropFirst(2)
            }
        }
        return nil
    }

    private static func quantity(_ rest: inout ArraySlice<UInt8>) -> Int? {
        var value = 0
        for _ in 0..<4 {
            guard let byte = rest.popFirst() else { return nil }
            value = value << 7 | Int(byte & 0x7F)
            if byte < 0x80 { return value }
        }
        return nil
    }
}
