package import Foundation
import Subprocess

/// Chromium, asked by the scripts in `Tests/Page`.
package enum Browser {
    private static let environment = ProcessInfo.processInfo.environment
    private static let program = ["chromium", "chromium-browser", "google-chrome"].lazy.compactMap(find).first
    /// The folder with the scripts.
    package static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Page").path
    /// The rules of who cannot see or point.
    package static let axe: String = {
        let caches = environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "") + "/.cache"
        return (environment["CUELINE_CACHE"] ?? caches + "/cueline") + "/browser/axe-4.12.1.min.js"
    }()
    package static let isInstalled =
        program != nil && FileManager.default.fileExists(atPath: axe) && find("python3") != nil

    private static func find(_ program: String) -> String? {
        (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(program)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// What a script prints.
    package static func ask(_ script: String, _ arguments: [String]) async throws -> Data {
        let result = try await Subprocess.run(
            .name("python3"), arguments: Arguments(["-B", "\(fixtures)/\(script)", program ?? ""] + arguments),
            output: .string(limit: 1 << 22), error: .string(limit: 1 << 20))
        guard result.terminationStatus.isSuccess else { throw BrowserFailure(message: result.standardError) }
        return Data(result.standardOutput.utf8)
    }
}

package struct BrowserFailure: Error {
    package var message: String
}
