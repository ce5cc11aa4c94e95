/// How a server runs.
public struct ServerOptions: Sendable, CustomStringConvertible, CustomReflectable {
    public var host = "127.0.0.1"
    /// 0 lets the system choose.
    public var port = 8080
    /// Signs bearer tokens. Without a key and without a file of keys callers name their tenant themselves.
    public var authKey: String?
    /// A file with further keys, which is read again when it changes: a key, or an id and a key, a line.
    public var authKeysFile: String?
    public var tokenRules = TokenRules()
    /// Origins of pages that may read answers.
    public var allowedOrigins: Set<String> = []
    public var connections = ConnectionLimits()
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

    /// Names that lead to this machine alone. Without a key the service listens here and answers to these; nil with a key, or where it listens elsewhere all the same.
    var ownNames: Set<String>? {
        let names: Set = ["localhost", "127.0.0.1", "[::1]"]
        let isLocal = names.contains(host) || host == "::1"
        return authKey == nil && authKeysFile == nil && isLocal ? names : nil
    }

    /// Without the key, wherever it is printed.
    public var description: String { "server on \(host):\(port)" }
    public var customMirror: Mirror { Mirror(self, children: ["address": description]) }
}
