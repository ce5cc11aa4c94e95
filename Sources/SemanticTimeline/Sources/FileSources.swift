import Crypto
package import Files
import Foundation
import Library

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Files outside of the library that assets may point to: only those below folders that the server was started with.
public struct FileSources: Sendable {
    /// Real paths, each ending in a slash.
    private let roots: [String]

    /// - Parameter roots: folders; those that do not exist are left out.
    public init(roots: [String]) {
        self.roots = roots.compactMap { FileSystem.realPath($0) }.map { $0.hasSuffix("/") ? $0 : $0 + "/" }
    }

    /// The real path of the file that a URI names.
    ///
    /// - Throws: ``SemanticTimelineError`` `validation` for anything but a `file:` URI of a regular file below a root;
    ///   whether a path outside exists cannot be told from the answer.
    public func path(of uri: String, field: String = "source_uri") throws -> String {
        guard let path = Self.path(inURI: uri) else {
            throw SemanticTimelineError.invalid(field, "must be a file: URI with an absolute path")
        }
        let refused = SemanticTimelineError.invalid(field, "is not a file below a folder that this server may read")
        guard let real = FileSystem.realPath(path), contains(real) else { throw refused }
        var status = stat()
        guard stat(real, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw refused }
        return real
    }

    /// Opens a file, having made sure that what was opened lies below a root, whatever was swapped in meanwhile.
    ///
    /// - Throws: ``SemanticTimelineError`` `fetchFailed`.
    package func open(_ path: String) throws -> OpenFile {
        guard let file = try? OpenFile(path: path, for: .reading), contains(file.realPath ?? path),
            file.isRegularFile
        else { throw SemanticTimelineError(.fetchFailed, "the source cannot be read", resourceKind: "asset") }
        return file
    }

    /// Hashes a file.
    func content(ofFileAt path: String) async throws -> ContentFacts {
        try await BlockingWork.run(priority: .bulk) { isCancelled in
            let gone = SemanticTimelineError(.fetchFailed, "the source cannot be read", resourceKind: "asset")
            let file = try self.open(path)
            guard let stamp = file.stamp else { throw gone }
            var hash = SHA256()
            var position: Int64 = 0
            var block = [UInt8](repeating: 0, count: 1 << 20)
            while !isCancelled() {
                guard let count = try? file.read(into: &block, at: position) else { throw gone }
                if count == 0 { break }
                block.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
                position += Int64(count)
            }
            guard file.stamp == stamp else {
                throw SemanticTimelineError(.fetchFailed, "the source changed while it was read", resourceKind: "asset")
            }
            return ContentFacts(
                sha256: hexadecimal(hash.finalize()), sizeBytes: stamp.size, stamp: stamp.text)
        }
    }

    private func contains(_ real: String) -> Bool { roots.contains { real.hasPrefix($0) } }

    /// The path in a `file:` URI (RFC 8089) without or with the host `localhost`, percent-decoded.
    package static func path(inURI uri: String) -> String? {
        guard uri.lowercased().hasPrefix("file:") else { return nil }
        var rest = uri.dropFirst(5)
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            let host = rest.prefix { $0 != "/" }
            guard host.isEmpty || host == "localhost" else { return nil }
            rest = rest.dropFirst(host.count)
        }
        guard rest.hasPrefix("/"), let path = String(rest).removingPercentEncoding, !path.utf8.contains(0) else {
            return nil
        }
        return path
    }
}
