/// Why a file could not be read as audio.
///
/// `message` is for people and never holds more of a path than its last component, nor a command line. `underlying` is
/// for logs only: it may quote what ffmpeg said.
public struct MediaError: Error, Sendable, Hashable, CustomStringConvertible {
    public let code: Code
    /// One short sentence without a full stop.
    public let message: String
    /// What the operating system or ffmpeg said; for logs, not for callers.
    public let underlying: String?

    public init(_ code: Code, _ message: String, underlying: String? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    public var description: String { message }
}

extension MediaError {
    /// The kind of a failure; new kinds may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String, Hashable, Sendable {
            case noSuchFile, notReadable, isDirectory, notRegularFile, notMedia, noAudioStream, unsupported
            case tooManyChannels, unsupportedSampleRate, decodeFailed, toolMissing, timedOut, limitExceeded
            case inputOutput, changed
        }

        private let kind: Kind

        /// There is no file of that name.
        public static let noSuchFile = Code(kind: .noSuchFile)
        /// The file is there, but this process may not read it.
        public static let notReadable = Code(kind: .notReadable)
        /// The path names a folder.
        public static let isDirectory = Code(kind: .isDirectory)
        /// The path names a pipe, a socket or a device.
        public static let notRegularFile = Code(kind: .notRegularFile)
        /// Text, random bytes, an empty file: nothing that can be decoded.
        public static let notMedia = Code(kind: .notMedia)
        /// Media, but without the audio stream asked for.
        public static let noAudioStream = Code(kind: .noAudioStream)
        /// A format or codec that is refused (playlists) or that this ffmpeg cannot decode.
        public static let unsupported = Code(kind: .unsupported)
        /// More channels than the limits allow.
        public static let tooManyChannels = Code(kind: .tooManyChannels)
        /// A sample rate outside the limits.
        public static let unsupportedSampleRate = Code(kind: .unsupportedSampleRate)
        /// The decoder crashed or stopped without giving a sample.
        public static let decodeFailed = Code(kind: .decodeFailed)
        /// ffmpeg or ffprobe is not installed.
        public static let toolMissing = Code(kind: .toolMissing)
        /// ffmpeg or ffprobe made no progress for too long.
        public static let timedOut = Code(kind: .timedOut)
        /// The input is longer or larger than the limits allow.
        public static let limitExceeded = Code(kind: .limitExceeded)
        /// Reading or writing failed: disk full, input/output error.
        public static let inputOutput = Code(kind: .inputOutput)
        /// The file is not the one any more that was looked at before.
        public static let changed = Code(kind: .changed)

        /// The stable code on the wire, such as `audio.unsupported_media`.
        public var wireCode: String {
            switch kind {
            case .noSuchFile: "audio.not_found"
            case .notReadable, .isDirectory, .notRegularFile, .notMedia, .noAudioStream, .unsupported,
                .tooManyChannels, .unsupportedSampleRate:
                "audio.unsupported_media"
            case .limitExceeded: "media.too_large"
            case .changed: "audio.fetch_failed"
            case .toolMissing: "backend.unavailable"
            case .decodeFailed, .timedOut, .inputOutput: "audio.analyze_failed"
            }
        }

        /// The exit status of a command that fails so: 66 no such input, 65 not media, 69 a part is missing, else 1.
        public var exitStatus: Int32 {
            switch kind {
            case .noSuchFile, .notReadable: 66
            case .isDirectory, .notRegularFile, .notMedia, .noAudioStream, .unsupported, .tooManyChannels,
                .unsupportedSampleRate:
                65
            case .toolMissing: 69
            case .decodeFailed, .timedOut, .limitExceeded, .inputOutput, .changed: 1
            }
        }

        public var description: String { kind.rawValue }
    }
}
