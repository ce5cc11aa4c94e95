/// What can go wrong in an analysis, with a stable code for callers and a message for people.
public struct AnalysisError: Error, Sendable, CustomStringConvertible {
    /// A stable, extensible reason.
    public struct Code: Sendable, Hashable {
        package enum Kind: String { case validation, backendUnavailable, modelMissing, analyzeFailed }
        package let kind: Kind

        /// A parameter, an environment variable or an identifier is not acceptable.
        public static let validation = Code(kind: .validation)
        /// A program, library or model that the request needs is missing.
        public static let backendUnavailable = Code(kind: .backendUnavailable)
        /// No installed model can do what was asked, such as a language; nothing else can stand in.
        public static let modelMissing = Code(kind: .modelMissing)
        /// The work itself failed.
        public static let analyzeFailed = Code(kind: .analyzeFailed)

        /// The code on the wire.
        public var wireCode: String {
            switch kind {
            case .validation: "validation.error"
            case .backendUnavailable, .modelMissing: "backend.unavailable"
            case .analyzeFailed: "audio.analyze_failed"
            }
        }
    }

    public let code: Code
    /// For people; holds no path and no command line.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code.wireCode): \(message)" }
}
