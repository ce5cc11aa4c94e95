public import Logging

/// The service's log: JSON lines on standard error.
public enum ServiceLog {
    /// A logger of a level.
    public static func logger(level: Logger.Level) -> Logger {
        var logger = Logger(label: "cueline") { JSONLogHandler(label: $0) }
        logger.logLevel = level
        return logger
    }
}
