/// How a server runs.
public struct ServerOptions: Sendable {
    public var host = "127.0.0.1"
    /// 0 lets the system choose.
    public var port = 8080
    /// Signs bearer tokens; nil lets callers name their tenant themselves.
    public var authKey: String?
    /// Most bytes of an upload.
    public var maximumUploadBytes: Int64 = 8 << 30
    /// How long a shutdown waits for requests before it cuts them off.
    public var shutdownTimeout: Duration = .seconds(20)
    /// How often blobs that nothing names are collected, and how old they must be.
    public var collectionInterval: Duration = .seconds(600)
    public var collectionGrace: Duration = .seconds(3600)
    /// How long ended jobs are kept.
    public var jobRetention: Duration = .seconds(7 * 24 * 3600)

    public init() {}
}
