/// What a connection may cost, and for how long it may be slow.
public struct ConnectionLimits: Sendable, Hashable {
    /// Connections at once. One more closes the one that has waited longest for a request; if all are busy, itself.
    public var connections = 8192
    /// In which a first request's head must be there.
    public var requestTimeout: Duration = .seconds(20)
    /// In which ``leastBodyBytes`` of a body must come while they are asked for: longer, since a line that fails for a moment
    /// should not cost an upload of gigabytes.
    public var bodyTimeout: Duration = .seconds(75)
    public var leastBodyBytes = 4 << 10
    /// How long a connection may wait for the next request, and how long a body may bring nothing.
    public var idleTimeout: Duration = .seconds(75)
    /// How long a client may take nothing of an answer.
    public var writeTimeout: Duration = .seconds(60)
    /// Most bytes of a header field or of the target of a request.
    public var fieldBytes = 16 << 10
    /// Most bytes of all header fields, and most fields.
    public var headBytes = 64 << 10
    public var fields = 128

    public init() {}
}
