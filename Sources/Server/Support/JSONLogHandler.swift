package import Library
package import Logging

/// Writes one JSON object a line to a file descriptor.
///
///     {"time":"2026-11-24T15:04:05.123Z","level":"info","label":"cueline","message":"ready","metadata":{"port":"8080"}}
///
/// Metadata values are strings, lists and objects; their keys are sorted, and `metadata` is left out when there is
/// none. An event's error is in `error.message` and `error.type`. Each line is one `write`, so that lines of several
/// threads and processes do not mix; what cannot be written is lost.
package struct JSONLogHandler: LogHandler {
    /// Metadata of every line.
    package var metadata: Logger.Metadata = [:]
    /// The least level that is written.
    package var logLevel: Logger.Level
    /// Metadata of the task that logs.
    package var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let descriptor: Int32
    private let now: @Sendable () -> Timestamp

    /// A handler for the loggers of a label.
    ///
    /// - Parameters:
    ///   - label: The logger's name.
    ///   - descriptor: Where to write; stays open. Standard error by default.
    ///   - logLevel: The least level that is written.
    ///   - metadataProvider: Gives metadata of the task that logs.
    ///   - now: The clock.
    package init(
        label: String, descriptor: Int32 = 2, logLevel: Logger.Level = .info,
        metadataProvider: Logger.MetadataProvider? = nil, now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.label = label
        self.descriptor = descriptor
        self.logLevel = logLevel
        self.metadataProvider = metadataProvider
        self.now = now
    }

    /// A value of ``metadata``.
    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes a line.
    package func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let explicit = event.metadata { all.merge(explicit) { $1 } }
        if let error = event.error {
            all["error.message"] = .string("\(error)")
            all["error.type"] = .string(String(reflecting: type(of: error)))
        }
        var line = JSONLine()
        line.open()
        line.add("time", now().text)
        line.add("level", event.level.rawValue)
        line.add("label", label)
        line.add("message", event.message.description)
        if !all.isEmpty { line.add("metadata", .dictionary(all)) }
        line.close()
        line.write(to: descriptor)
    }
}
