#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the program is connected to, and plain writing to it.
enum Console {
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Colour only on a terminal that knows it, and never where `NO_COLOR` is set (no-color.org).
    static func usesColor(environment: [String: String]) -> Bool {
        outputIsTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// One of the two places that are written to.
    enum Stream {
        case output
        case error

        fileprivate var descriptor: Int32 { self == .output ? STDOUT_FILENO : STDERR_FILENO }
    }

    /// Columns of the terminal, or of `COLUMNS`, or 80.
    static func width(environment: [String: String], of stream: Stream = .output) -> Int {
        var size = winsize()
        if ioctl(stream.descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return environment["COLUMNS"].flatMap { Int($0) } ?? 80
    }

    /// Whether the locale can show more than ASCII.
    static func usesUnicode(environment: [String: String]) -> Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let lower = locale.lowercased()
        return lower.contains("utf-8") || lower.contains("utf8") || (locale.isEmpty && !outputIsTerminal)
    }

    static func printOutput(_ text: String) throws { try printOutput(Array(text.utf8)) }

    static func printOutput(_ bytes: [UInt8]) throws { try write(bytes, to: STDOUT_FILENO) }

    static func printError(_ text: String) { try? write(Array(text.utf8), to: STDERR_FILENO) }

    /// Writes all of it, also into a pipe that takes it in parts; a reader that went away ends the program quietly,
    /// as it does other Unix tools.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var bytes = bytes[...]
        while !bytes.isEmpty {
            #if canImport(Glibc)
                let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            #elseif canImport(Musl)
                let count = bytes.withUnsafeBytes { Musl.write(descriptor, $0.baseAddress, $0.count) }
            #else
                let count = bytes.withUnsafeBytes { Darwin.write(descriptor, $0.baseAddress, $0.count) }
            #endif
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                throw CommandError(status: .workFailed, message: "the output cannot be written")
            }
            bytes = bytes.dropFirst(count)
        }
    }
}
