package import Analysis
import Foundation
import Synchronization

/// The pieces that a child has through its parent: it asks and tells in lines, and the parent answers with files in the order's folder.
package final class MailedPieces: PieceStore {
    /// One that takes a piece has to send its samples away.
    private static let offerPatience = Duration.seconds(180)

    private let folder: String
    private let patience: Duration
    private let say: @Sendable (WorkMessage) -> Void
    /// Whether the parent ever left a question unanswered: then it is asked no more.
    private let isDeaf = Mutex(false)

    /// - Parameters:
    ///   - patience: a parent that does not answer for so long never will.
    ///   - say: writes a line to the parent.
    package init(
        folder: String, patience: Duration = .seconds(20), say: @escaping @Sendable (WorkMessage) -> Void
    ) {
        self.folder = folder
        self.patience = patience
        self.say = say
    }

    package func piece(_ key: String) async -> [UInt8]? {
        guard !isDeaf.withLock({ $0 }) else { return nil }
        let path = Self.answer(to: key, in: folder)
        say(WorkMessage(asked: key))
        guard await waitUntil({ FileManager.default.fileExists(atPath: path) }) else { return nil }
        defer { try? FileManager.default.removeItem(atPath: path) }
        guard let bytes = FileManager.default.contents(atPath: path), !bytes.isEmpty else { return nil }
        return [UInt8](bytes)
    }

    /// Returns when the parent has kept it: whoever goes on later relies on that.
    package func keep(_ bytes: [UInt8], as key: String) async {
        guard !isDeaf.withLock({ $0 }) else { return }
        let path = Self.found(key, in: folder)
        guard (try? Data(bytes).write(to: URL(filePath: path))) != nil else { return }
        say(WorkMessage(found: key))
        _ = await waitUntil { !FileManager.default.fileExists(atPath: path) }
    }

    package func offer(_ bytes: [UInt8], as key: String) async -> Bool {
        guard !isDeaf.withLock({ $0 }) else { return false }
        let path = Self.offered(key, in: folder)
        let answer = Self.taken(key, in: folder)
        guard (try? Data(bytes).write(to: URL(filePath: path))) != nil else { return false }
        say(WorkMessage(offered: key))
        _ = await waitUntil(within: Self.offerPatience) { !FileManager.default.fileExists(atPath: path) }
        return FileManager.default.fileExists(atPath: answer)
    }

    private func waitUntil(within patience: Duration? = nil, _ condition: () -> Bool) async -> Bool {
        let start = ContinuousClock.now
        while !condition() {
            guard ContinuousClock.now - start < patience ?? self.patience else {
                isDeaf.withLock { $0 = true }
                return false
            }
            do { try await Task.sleep(for: .milliseconds(5)) } catch { return false }
        }
        return true
    }

    // MARK: - The parent's side

    /// Answers a child.
    package static func answer(_ message: WorkMessage, from pieces: any PieceStore, in folder: String) async {
        if let key = message.asked, isKey(key) {
            let path = answer(to: key, in: folder)
            // An empty file says that there is none.
            try? Data(await pieces.piece(key) ?? []).write(to: URL(filePath: path), options: .atomic)
        } else if let key = message.found, isKey(key) {
            let path = found(key, in: folder)
            if let bytes = FileManager.default.contents(atPath: path) { await pieces.keep([UInt8](bytes), as: key) }
            try? FileManager.default.removeItem(atPath: path)
        } else if let key = message.offered, isKey(key) {
            let path = offered(key, in: folder)
            if let bytes = FileManager.default.contents(atPath: path), await pieces.offer([UInt8](bytes), as: key) {
                try? Data().write(to: URL(filePath: taken(key, in: folder)))
            }
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    /// Keys are digests: nothing else becomes a part of a path.
    private static func isKey(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    private static func answer(to key: String, in folder: String) -> String { folder + "/known-" + key }

    private static func offered(_ key: String, in folder: String) -> String { folder + "/offered-" + key }

    private static func taken(_ key: String, in folder: String) -> String { folder + "/taken-" + key }

    private static func found(_ key: String, in folder: String) -> String { folder + "/found-" + key }
}
