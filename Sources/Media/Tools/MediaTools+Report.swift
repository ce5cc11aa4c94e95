extension MediaTools {
    /// One line of a dependency report.
    public struct Status: Sendable, Hashable {
        public let name: String
        public let available: Bool
        /// As the program states it, such as `5.1.9`; null when it is missing.
        public let version: String?
        /// Why it cannot be used.
        public let error: String?
    }

    /// Asks both programs for their version (two short processes).
    ///
    /// - Returns: ffmpeg, then ffprobe. A program that is missing or does not run is reported, not thrown.
    /// - Throws: `CancellationError` only.
    public func report() async throws -> [Status] {
        var statuses: [Status] = []
        for tool in [ffmpeg, ffprobe] {
            statuses.append(try await status(of: tool))
        }
        return statuses
    }

    private func status(of tool: Tool) async throws -> Status {
        guard let path = tool.path else {
            return Status(name: tool.name, available: false, version: nil, error: tool.error)
        }
        do {
            let answer = try await ToolRun.collect(confinement, path, ["-version"], reading: nil, within: .report)
            let firstLine = String(decoding: answer.output, as: UTF8.self).split(separator: "\n").first ?? ""
            let words = firstLine.split(separator: " ")
            guard answer.succeeded, words.count >= 3, words[1] == "version" else {
                return Status(name: tool.name, available: false, version: nil, error: "\(tool.name) does not run")
            }
            return Status(name: tool.name, available: true, version: String(words[2]), error: nil)
        } catch let error as MediaError {
            return Status(name: tool.name, available: false, version: nil, error: error.message)
        }
    }
}
