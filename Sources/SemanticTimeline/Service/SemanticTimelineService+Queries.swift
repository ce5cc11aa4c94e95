public import Library
public import TimelineModel

/// A window of a timeline, in milliseconds; open ends are the timeline's.
public struct QueryWindow: Sendable, Hashable {
    public var fromMs: Int?
    public var toMs: Int?

    public init(fromMs: Int? = nil, toMs: Int? = nil) {
        self.fromMs = fromMs
        self.toMs = toMs
    }
}

/// A page of events.
public struct EventPage: Sendable {
    public var events: [AudioEvent]
    /// Goes into the next request; nil at the end.
    public var cursor: Int?
}

extension SemanticTimelineService {
    /// The events that overlap a window, in order, uncut.
    ///
    /// - Throws: ``SemanticTimelineError`` `timelineNotFound`.
    public func events(
        ofTimeline id: String, in scope: Scope, window: QueryWindow, kind: EventKind?, limit: Int, cursor: Int?
    ) async throws -> EventPage {
        try await query(id, in: scope) { reader in
            let page = try await reader.eventPage(
                fromMs: window.fromMs ?? 0, toMs: window.toMs ?? reader.durationMs, kind: kind, limit: limit,
                after: cursor)
            return EventPage(events: page.events, cursor: page.next)
        }
    }

    /// Milliseconds of each kind inside a window.
    public func coverage(
        ofTimeline id: String, in scope: Scope, window: QueryWindow
    ) async throws -> [EventKind: Int] {
        try await query(id, in: scope) { reader in
            try await reader.coverage(fromMs: window.fromMs ?? 0, toMs: window.toMs ?? reader.durationMs)
        }
    }

    /// The beat, downbeat or speech that is nearest to a time; nil where there is none.
    public func nearest(
        inTimeline id: String, in scope: Scope, atMs: Int, _ target: NearestTarget
    ) async throws -> NearestFinding? {
        try await query(id, in: scope) { try await $0.nearest(to: atMs, target) }
    }

    private func query<Value>(
        _ id: String, in scope: Scope, _ body: (TimelineReader) async throws -> Value
    ) async throws -> Value {
        try await translatingErrors {
            try await self.readingWhole(id) { try await body(self.reader(id, in: scope)) }
        }
    }
}
