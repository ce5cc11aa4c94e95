public import TimelineModel

/// What ``TimelineReader/nearest(to:_:)`` looks for.
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
        for chunk in index.events where chunk.firstMs < toMs && chunk.lastMs > fromMs {
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

    /// Milliseconds of each kind inside `[fromMs, toMs)`.
    package func coverage(fromMs: Int, toMs: Int) async throws -> [EventKind: Int] {
        var sums = Dictionary(uniqueKeysWithValues: EventKind.allCases.map { ($0, 0) })
        for chunk in index.events where chunk.firstMs < toMs && chunk.lastMs > fromMs {
            if chunk.firstMs >= fromMs, chunk.lastMs <= toMs {
                for (kind, total) in zip(EventKind.allCases, chunk.totals) { sums[kind, default: 0] += total }
                continue
            }
            for event in try await elements(AudioEvent.self, of: [chunk]) {
                sums[event.kind, default: 0] += max(0, min(event.endMs, toMs) - max(event.startMs, fromMs))
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
        var best: NearestFinding?
        // Nearest chunks first; one that lies farther than the best finding ends the search.
        let ordered = chunks.map { (chunk: $0, distance: max($0.firstMs - atMs, atMs - $0.lastMs, 0)) }
            .sorted { ($0.distance, $0.chunk.firstIndex) < ($1.distance, $1.chunk.firstIndex) }
        for (chunk, distance) in ordered {
            if let best, distance > abs(best.distanceMs) { break }
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

extension NearestFinding {
    fileprivate init(_ beat: BeatEvent, at time: Int) {
        self.init(timeMs: beat.timeMs, distanceMs: beat.timeMs - time, beat: beat)
    }

    fileprivate init(_ event: AudioEvent, at time: Int) {
        let distance =
            event.startMs > time ? event.startMs - time : event.endMs <= time ? event.endMs - 1 - time : 0
        self.init(timeMs: event.startMs, distanceMs: distance, event: event)
    }

    fileprivate func isNearer(than other: NearestFinding?) -> Bool {
        guard let other else { return true }
        return (abs(distanceMs), timeMs) < (abs(other.distanceMs), other.timeMs)
    }
}
