import Foundation
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Turns pictures of lines into pictures of points, by librsvg's program.
enum PictureProgram {
    /// Most bytes of a picture.
    private static let limit = 256 << 20

    /// - Throws: `CommandError` `unavailable` without the program.
    static func png(of svg: String) async throws -> [UInt8] {
        // Not through standard input: a child that ends before it has read all would end this program too.
        let file = FileManager.default.temporaryDirectory.appending(path: "cueline-\(UUID().uuidString).svg")
        try Data(svg.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        do {
            let result = try await Subprocess.run(
                .name("rsvg-convert"), arguments: ["--format", "png", file.path], input: .none,
                output: .bytes(limit: limit), error: .discarded)
            guard result.terminationStatus.isSuccess else {
                throw CommandError(status: .workFailed, message: "the picture cannot be made")
            }
            return result.standardOutput
        } catch is SubprocessError {
            throw CommandError(
                status: .unavailable,
                message:
                    "rsvg-convert is missing, which makes PNG of SVG; scripts/bootstrap --with browser installs it")
        }
    }
}
