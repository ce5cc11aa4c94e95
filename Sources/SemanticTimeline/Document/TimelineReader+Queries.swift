public import TimelineModel

/// What `TimelineReader/nearest(to:_:)` looks for.
public enum NearestTarget: String, Sendable, Hashable, CaseIterable {
    case beat
    case downbeat
    case speech
}

/// The nearest beat or speech to a time.
public struct NearestFinding: Sendable, Hashable {
    /// Where it is: the beat's time, or the speech's start.
    public var timeMs: Int
    /// How far that is from the time asked for, negative before it; 0 inside speech.
    public var distanceMs: Int
    public var beat: BeatEvent?
    public var event: AudioEvent?
}

extension TimelineReader {
    /// A page of the events that overlap `[fromMs, toMs)`.
    ///
    /// - Parameters:
    ///   - kind: only these; nil for all.
    ///   - after: number of the event before the first; nil from the beginning.
    /// - Returns: the events, uncut, and the number to go on after; nil at the end.
    package func eventPage(
        fromMs: Int, toMs: Int, kind: EventKind?, limit: Int, after: Int?
    ) async throws -> (events: [AudioEvent], next: Int?) {
        var found: [(number: Int, event: AudioEvent)] = []
        let slot = kind.flatMap { EventKind.allCases.firstIndex(of: $0) }
        for chunk in TimelineIndex.chunks(index.events, overlapping: fromMs, toMs) {
            if let after, chunk.firstIndex + chunk.count - 1 <= after { continue }
            if let slot, chunk.totals[slot] == 0 { continue }
            for (offset, event) in try await elements(AudioEvent.self, of: [chunk]).enumerated() {
                let number = chunk.firstIndex + offset
                if let after, number <= after { continue }
                guard event.startMs < toMs, event.endMs > fromMs, kind == nil || event.kind == kind else { continue }
                found.append((number, event))
            }
            if found.count > limit { break }
        }
        let page = found.prefix(limit)
        return (page.map(\.event), found.count > limit ? page.last?.number : nil)
    }

    /// No time and no sum of times is beyond this.
    fileprivate static let latestMs = 1 << 53

    /// Milliseconds of each kind inside `[fromMs, toMs)`.
    package func coverage(fromMs: Int, toMs: Int) async throws -> [EventKind: Int] {
        var sums = Dictionary(uniqueKeysWithValues: EventKind.allCases.map { ($0, 0) })
        for chunk in TimelineIndex.chunks(index.events, overlapping: fromMs, toMs) {
            if chunk.firstMs >= fromMs, chunk.lastMs <= toMs {
                for (slot, kind) in EventKind.allCases.enumerated() {
                    sums[kind] = min(sums[kind, default: 0] + Int(chunk.totals[slot]), Self.latestMs)
                }
                continue
            }
            for event in try await elements(AudioEvent.self, of: [chunk]) {
                let (start, end) = (max(event.startMs, fromMs), min(event.endMs, toMs))
                guard start < end else { continue }
                sums[event.kind] = min(sums[event.kind, default: 0] + end - start, Self.latestMs)
            }
        }
        return sums
    }

    /// The nearest beat, downbeat or speech; of two at the same distance the earlier. nil where there is none.
    package func nearest(to atMs: Int, _ target: NearestTarget) async throws -> NearestFinding? {
        let speech = EventKind.allCases.firstIndex(of: .speech) ?? 0
        let chunks =
            switch target {
            case .beat: index.beats
            case .downbeat: index.beats.filter { $0.totals[0] > 0 }
            case .speech: index.events.filter { $0.totals[speech] > 0 }
            }
        let distances = chunks.map { $0.distance(to: atMs) }
        guard let nearest = distances.indices.min(by: { distances[$0] < distances[$1] }) else { return nil }
        var best: NearestFinding?
        // The nearest chunk first; of the others those alone that may hold something nearer than what it has.
        for place in [nearest] + distances.indices.filter({ $0 != nearest }) {
            if let best, distances[place] > abs(best.distanceMs) { continue }
            let chunk = chunks[place]
            let found =
                target == .speech
                ? try await elements(AudioEvent.self, of: [chunk]).filter { $0.kind == .speech }
                    .map { NearestFinding($0, at: atMs) }
                : try await elements(BeatEvent.self, of: [chunk]).filter { target == .beat || $0.beatInBar == 1 }
                    .map { NearestFinding($0, at: atMs) }
            for finding in found where finding.isNearer(than: best) { best = finding }
        }
        return best
    }
}

extension TimelineIndex.Chunk {
    /// How far its bounds are from a time; 0 inside.
    fileprivate func distance(to time: Int) -> Int { max(firstMs - time, time - lastMs, 0) }
}

extension NearestFinding {
    fileprivate init(_ beat: BeatEvent, at time: Int) {
        self.init(timeMs: beat.timeMs, distanceMs: Self.inside(beat.timeMs) - time, beat: beat)
    }

    fileprivate init(_ event: AudioEvent, at time: Int) {
        let (start, end) = (Self.inside(event.startMs), Self.inside(event.endMs))
        let distance = start > time ? start - time : end <= time ? end - 1 - time : 0
        self.init(timeMs: event.startMs, distanceMs: distance, event: event)
    }

    /// A time of any origin, inside what a timeline may hold.
    private static func inside(_ time: Int) -> Int {
        min(max(time, -TimelineReader.latestMs), TimelineReader.latestMs)
    }

    fileprivate func isNearer(than other: NearestFinding?) -> Bool {
        guard let other else { return true }
        return (abs(distanceMs), timeMs) < (abs(other.distanceMs), other.timeMs)
    }
}
