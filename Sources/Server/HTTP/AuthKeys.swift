import Files
import JWTKit
package import Logging
import SemanticTimeline
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The keys that tokens may be signed with: one that was given, and those of a file, which is read again when it
/// changes, so that keys come and go without a restart.
///
/// A line of the file is a key, or the key's id, blanks, and the key; empty lines and those that begin with `#` say
/// nothing. The first key signs what this program signs.
package final class AuthKeys: Sendable {
    /// Fewest bytes of a key: those of the digest (RFC 7518, section 3.2).
    package static let minimumKeyBytes = 32
    /// Most keys in a file, and most bytes of it.
    private static let limits = (keys: 64, bytes: 64 << 10)

    struct Key: Sendable {
        var kid: String?
        var verifier: JWTKeyCollection
    }

    private struct Read: Sendable {
        var stamp: FileStamp?
        var keys: [Key]
        var checked: ContinuousClock.Instant
        /// That of a file that could not be used.
        var refused: FileStamp??
    }

    private let fixed: [Key]
    private let file: String?
    private let logger: Logger?
    private let read: Mutex<Read>
    /// How long a file that was looked at is taken for unchanged.
    private let patience: Duration

    /// - Parameters:
    ///   - key: without an id.
    ///   - file: a path.
    ///   - logger: is told when a file that changed cannot be used; the keys before stay good.
    /// - Throws: `SemanticTimelineError` `validation` where there is no key, for keys that are too short and for files
    ///   that cannot be read.
    package init(
        key: String? = nil, file: String? = nil, patience: Duration = .seconds(1), logger: Logger? = nil
    ) async throws {
        fixed = try await Self.keys(key.map { [(nil, $0)] } ?? [])
        self.file = file
        self.patience = patience
        self.logger = logger
        var first = Read(stamp: nil, keys: [], checked: .now)
        if let file {
            first.stamp = FileStamp(path: file)
            first.keys = try await Self.keys(Self.lines(ofFileAt: file))
        }
        guard !(fixed + first.keys).isEmpty else {
            throw SemanticTimelineError(.validation, "there is no key in the file of keys")
        }
        read = Mutex(first)
    }

    /// The keys that a token may be signed with: that of its id, and those without one; all for a token without an id.
    func candidates(kid: String?) async -> [JWTKeyCollection] {
        await refresh()
        return (fixed + read.withLock { $0.keys })
            .filter { kid == nil || $0.kid == nil || $0.kid == kid }.map(\.verifier)
    }

    /// Reads the file again where it is another one than before. A file that cannot be used changes nothing.
    private func refresh() async {
        guard let file else { return }
        let (known, patience) = (read.withLock { $0 }, patience)
        guard ContinuousClock.now - known.checked >= patience else { return }
        let stamp = FileStamp(path: file)
        guard stamp != known.stamp else {
            read.withLock { $0.checked = .now }
            return
        }
        do {
            let keys = try await Self.keys(Self.lines(ofFileAt: file))
            guard !(fixed + keys).isEmpty else {
                throw SemanticTimelineError(.validation, "there is no key in the file of keys")
            }
            read.withLock { $0 = Read(stamp: stamp, keys: keys, checked: .now) }
            logger?.notice("keys were read again", metadata: ["keys": "\(keys.count)"])
        } catch {
            // Tried again: it may have been the machine, or the file may not be whole yet. Told once.
            let isNew = read.withLock { state in
                state.checked = .now
                defer { state.refused = .some(stamp) }
                return state.refused != .some(stamp)
            }
            if isNew { logger?.error("the file of keys cannot be used; the keys before stay good") }
        }
    }

    private static func keys(_ lines: [(kid: String?, key: String)]) async throws -> [Key] {
        var keys: [Key] = []
        for line in lines {
            guard line.key.utf8.count >= minimumKeyBytes else {
                throw SemanticTimelineError(
                    .validation, "a key of the server must have at least \(minimumKeyBytes) bytes")
            }
            let verifier = await JWTKeyCollection().add(hmac: HMACKey(from: line.key), digestAlgorithm: .sha256)
            keys.append(Key(kid: line.kid, verifier: verifier))
        }
        return keys
    }

    /// The keys of a file, with their ids.
    ///
    /// - Throws: `SemanticTimelineError` `validation`, which says nothing of what is in the file.
    package static func lines(ofFileAt path: String) async throws -> [(kid: String?, key: String)] {
        let refused = SemanticTimelineError(.validation, "the file of keys cannot be read")
        let bytes: [UInt8]
        do {
            bytes = try await BlockingWork.run { _ in
                try OpenFile(path: path, for: .reading).read(at: 0, count: limits.bytes + 1)
            }
        } catch { throw refused }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        guard bytes.count <= limits.bytes,
            let text = String(validating: bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...], as: UTF8.self)
        else { throw refused }
        let lines = try text.split(whereSeparator: \.isNewline).compactMap { line -> (String?, String)? in
            let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
            guard let first = words.first, !first.hasPrefix("#") else { return nil }
            guard words.count <= 2 else { throw refused }
            return words.count == 1 ? (nil, first) : (first, words[1])
        }
        guard lines.count <= limits.keys else { throw refused }
        return lines
    }
}
