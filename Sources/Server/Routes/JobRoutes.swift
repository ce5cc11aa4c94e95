import HTTPTypes
import Hummingbird
import Library
import NIOCore
import SemanticTimeline
import ServiceLifecycle
import TimelineModel

/// `/jobs`: how long work goes, and stopping it.
struct JobRoutes: Sendable {
    let service: SemanticTimelineService
    let tenancy: Tenancy

    func add(to router: Router<AppContext>) {
        router.get("/jobs/:id", use: get)
        router.get("/jobs/:id/events", use: events)
        router.delete("/jobs/:id", use: cancel)
    }

    @Sendable private func get(_ request: Request, context: AppContext) async throws -> Response {
        let caller = try await tenancy.caller(of: request)
        return try JSONResponse.make(
            try await service.job(try context.pathID(), in: caller.scope))
    }

    @Sendable private func cancel(_ request: Request, context: AppContext) async throws -> Response {
        let caller = try await tenancy.caller(of: request)
        return try JSONResponse.make(
            try await service.cancelJob(try context.pathID(), in: caller.scope))
    }

    /// Server-sent events (WHATWG HTML, section 9.2): each holds the whole job, so that a client that missed some has
    /// missed nothing. `Last-Event-ID` leaves out what was seen.
    @Sendable private func events(_ request: Request, context: AppContext) async throws -> Response {
        let caller = try await tenancy.caller(of: request)
        let id = try context.pathID()
        let lastEventID = request.headers[.lastEventID]
        let headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
        guard let handle = try await service.followedJob(id, in: caller.scope) else {
            // Looked up after it was found not to live: the row of a job that has just ended says so.
            let record = try await service.job(id, in: caller.scope)
            // Who has seen the end is told not to come again (section 9.2.1).
            if lastEventID == Self.endID, record.state.isFinal { return Response(status: .noContent) }
            let text = try Self.event(record)
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
        // Numbers begin anew with each start of the service: one from before says nothing.
        let seen = lastEventID.flatMap { Int($0) }.flatMap { $0 <= handle.snapshot.revision ? $0 : nil } ?? 0
        let body = ResponseBody { writer in
            // Lets a client know at once that it is connected.
            try await writer.write(ByteBuffer(string: ": job \(id)\n\n"))
            var revision = seen
            while true {
                let last = revision
                let next = try await cancelWhenGracefulShutdown {
                    try await Self.change(of: handle, after: last)
                }
                guard let (record, changed) = next else {
                    try await writer.write(ByteBuffer(string: ": waiting\n\n"))
                    continue
                }
                revision = changed
                // A job that goes on after the service's next start ends the stream without an end of its own.
                if handle.isAtRest, !record.state.isFinal { break }
                try await writer.write(ByteBuffer(string: try Self.event(record, revision: changed)))
                if record.state.isFinal { break }
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    /// The next change of a job, nil when nothing happened for a while: then a comment keeps the connection open.
    private static func change(
        of handle: JobHandle, after revision: Int
    ) async throws -> (JobRecord, Int)? {
        try await withThrowingTaskGroup(of: (JobRecord, Int)?.self) { group in
            group.addTask {
                let (record, changed) = try await handle.snapshot(after: revision)
                return (record, changed)
            }
            group.addTask {
                try await Task.sleep(for: .seconds(15))
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// The id of the last event of every job.
    private static let endID = "end"

    private static func event(_ record: JobRecord, revision: Int = 0) throws -> String {
        let id = record.state.isFinal ? endID : "\(revision)"
        let name = record.state.isFinal ? record.state.rawValue : "progress"
        let data = String(decoding: try TimelineJSON.encode(record), as: UTF8.self)
        return "id: \(id)\nevent: \(name)\ndata: \(data)\n\n"
    }
}
