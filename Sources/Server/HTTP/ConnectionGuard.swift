import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import SemanticTimeline

/// A body that came too slowly.
struct SlowRequest: Error {}

/// Cuts off who is too slow: with the head of a first request, with a body, with taking an answer; and says why a head
/// cannot be read, with 408, 431 or 400. Waiting for a further request is bounded by the idle time.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// A time in which so much must come of a body, less the time in which nothing was asked for.
    private struct Window {
        var start: NIODeadline
        var received = 0
        var ours = TimeAmount.zero
    }

    /// How long a connection that was told why it is closed may go on sending: closing at once would reset it before the
    /// answer is read.
    private static let lingering = TimeAmount.seconds(2)
    /// How long the service may take to answer a request that failed.
    private static let answering = TimeAmount.seconds(60)

    private let limits: ConnectionLimits
    private let connections: Connections
    private let timeout: TimeAmount
    private let bodyTimeout: TimeAmount
    /// Requests that have no whole answer yet.
    private var unanswered = 0
    private var isFailed = false
    private var isCut = false
    private var closesWhenSent = false
    /// When the head of the first request must be there.
    private var headDue: NIODeadline?
    private var body: Window?
    /// Since when nothing is asked for; nil while something is.
    private var notAskingSince: NIODeadline?
    /// Until when something must be taken of an answer, and how much of it waits.
    private var taking: (due: NIODeadline, unsent: Int)?
    private var closingDue: NIODeadline?
    private var timer: (due: NIODeadline, task: Scheduled<Void>)?

    init(_ limits: ConnectionLimits, _ connections: Connections) {
        self.limits = limits
        self.connections = connections
        timeout = TimeAmount(limits.requestTimeout)
        bodyTimeout = TimeAmount(limits.bodyTimeout)
    }

    // MARK: - Coming and going

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard headDue == nil, unanswered == 0 else { return }
        connections.opened(context.channel)
        headDue = .now() + timeout
        setTimer(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end(context) }

    private func end(_ context: ChannelHandlerContext) {
        connections.closed(context.channel)
        timer?.task.cancel()
        timer = nil
    }

    // MARK: - Time

    /// Never while nothing is asked for.
    private var bodyDue: NIODeadline? {
        notAskingSince == nil ? body.map { $0.start + bodyTimeout + $0.ours } : nil
    }

    private func setTimer(_ context: ChannelHandlerContext) {
        guard let due = [headDue, bodyDue, taking?.due, closingDue].compactMap({ $0 }).min() else { return }
        if let timer, timer.due <= due { return }
        timer?.task.cancel()
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: due) { [weak self] in
            guard let self, context.channel.isActive else { return }
            timer = nil
            check(context)
        }
        timer = (due, task)
    }

    private func check(_ context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        if let closingDue, closingDue <= now { return context.close(promise: nil) }
        if let due = headDue, due <= now { refuse(context, .requestTimeout, "no request came in time") }
        if !isFailed, let due = bodyDue, due <= now {
            if body?.received ?? 0 >= limits.leastBodyBytes {
                body = Window(start: now)
            } else {
                fail(context, SlowRequest())
            }
        }
        if let (due, unsent) = taking, due <= now {
            if context.channel.isWritable {
                taking = nil
            } else if Self.unsent(context) < unsent {
                watchTaking(context)
            } else {
                return context.close(promise: nil)
            }
        }
        setTimer(context)
    }

    // MARK: - Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if notAskingSince == nil { notAskingSince = .now() }
        guard !isFailed else {
            // Nothing is watched any more.
            if !isCut { context.fireChannelRead(data) }
            return
        }
        switch unwrapInboundIn(data) {
        case .head:
            if unanswered == 0 { connections.note(context.channel, isWaiting: false) }
            headDue = nil
            unanswered += 1
            body = Window(start: .now())
        case .body(let bytes): body?.received += bytes.readableBytes
        case .end: body = nil
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        setTimer(context)
        context.fireChannelReadComplete()
        // What still comes is read, so that closing does not reset the connection, and forgotten.
        if isCut { context.read() }
    }

    func read(context: ChannelHandlerContext) {
        if let since = notAskingSince {
            if let window = body { body?.ours = window.ours + (.now() - max(since, window.start)) }
            notAskingSince = nil
            setTimer(context)
        }
        context.read()
    }

    // MARK: - Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isCut else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        // An answer is over when its bytes are out, not when they are handed over.
        let sent = promise ?? context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { [self] _ in
            unanswered -= 1
            if unanswered == 0 {
                connections.note(context.channel, isWaiting: true)
                if closesWhenSent { return context.close(promise: nil) }
            }
            if isFailed { close(context, in: Self.lingering) }
        }
        context.write(data, promise: sent)
    }

    /// Others close a connection for being idle that still has much to send: that waits, as long as the client takes it.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, unanswered > 0, !isFailed, Self.unsent(context) > 0 else {
            return context.close(mode: mode, promise: promise)
        }
        closesWhenSent = true
        promise?.succeed(())
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { taking = nil } else { watchTaking(context) }
        context.fireChannelWritabilityChanged()
    }

    /// Closes a connection whose client takes nothing.
    private func watchTaking(_ context: ChannelHandlerContext) {
        taking = (.now() + TimeAmount(limits.writeTimeout), Self.unsent(context))
        setTimer(context)
    }

    private static func unsent(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    // MARK: - Failures

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isFailed else { return }
        guard unanswered == 0, !isCut else { return fail(context, error) }
        switch error as? HTTPParserError {
        case .headerOverflow?: refuse(context, .requestHeaderFieldsTooLarge, "the head of the request is too large")
        default: refuse(context, .badRequest, "the request cannot be read")
        }
    }

    /// Lets whoever reads the request know, who answers it; the connection does not outlive the answer for long.
    private func fail(_ context: ChannelHandlerContext, _ error: any Error) {
        isFailed = true
        body = nil
        close(context, in: unanswered == 0 ? Self.lingering : Self.answering)
        context.fireErrorCaught(error)
    }

    /// Answers in the place of the service, which has seen nothing of the request, and hears nothing more.
    private func refuse(_ context: ChannelHandlerContext, _ status: HTTPResponse.Status, _ message: String) {
        let error = SemanticTimelineError(.validation, message, resourceKind: "request", httpStatus: status.code)
        let bytes = (try? JSONResponse.bytes(ErrorResponse(error))) ?? []
        var head = HTTPResponse(status: status)
        head.headerFields = [
            .contentType: "application/json", .contentLength: "\(bytes.count)", .connection: "close",
        ]
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(context.channel.allocator.buffer(bytes: bytes))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        isCut = true
        isFailed = true
        (headDue, body) = (nil, nil)
        context.close(mode: .output, promise: nil)
        close(context, in: Self.lingering)
    }

    private func close(_ context: ChannelHandlerContext, in time: TimeAmount) {
        closingDue = .now() + time
        setTimer(context)
    }
}
