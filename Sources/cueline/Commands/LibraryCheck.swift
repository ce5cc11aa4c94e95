import Foundation
import Library

/// Compares every record and every stored byte of a library with its sum.
struct LibraryCheck {
    var path: String
    /// Whether what can be made anew is forgotten where it is damaged.
    var repairs: Bool

    private static let remedy = "cueline doctor --library DIR --repair"

    /// - Throws: `CommandError` when there is no library; ``LibraryError`` when it cannot be opened; `CancellationError`.
    func findings() async throws -> [Doctor.Finding] {
        guard FileManager.default.fileExists(atPath: path + "/library.sqlite") else {
            throw CommandError(status: .noInput, message: "there is no library in that folder")
        }
        let folder = try LibraryFolder.open(path)
        // Nobody publishes what is removed.
        let lock = repairs ? try folder.lockForServer() : nil
        defer { withExtendedLifetime(lock) {} }
        if repairs { try await folder.database.repair() }
        let damage = try await folder.database.damage()
        return [database(damage), try await blobs(of: folder, knowsSources: damage.isNone)]
    }

    private func database(_ damage: LibraryDamage) -> Doctor.Finding {
        let rows = damage.rows.sorted { $0.key < $1.key }.map { "\($0.value) of table \($0.key)" }
        let said =
            damage.structure.prefix(3) + (rows.isEmpty ? [] : ["damaged records: " + rows.joined(separator: ", ")])
        return Doctor.Finding(
            name: "library records", ok: damage.isNone, detail: damage.isNone ? "whole" : said.joined(separator: "; "),
            remedy: damage.isNone ? nil : repairs ? "restore library.sqlite from a backup" : Self.remedy)
    }

    /// - Parameter knowsSources: whether the records can be asked what was sent by somebody.
    private func blobs(of folder: LibraryFolder, knowsSources: Bool) async throws -> Doctor.Finding {
        var (whole, damaged, removed) = (0, 0, 0)
        var missing = try await folder.database.namedBlobs()
        let end = Timestamp(millisecondsSince1970: .max)
        for (scope, digests) in try await folder.blobs.blobs(publishedBefore: end) {
            for digest in digests {
                try Task.checkCancellation()
                missing[scope]?.remove(digest)
                do {
                    _ = try await folder.blobs.verify(digest, in: scope)
                    whole += 1
                } catch let error as LibraryError where error.code == .blobDamaged {
                    // What somebody sent cannot be made anew: half of a recording may be worth more than none.
                    if repairs, knowsSources, try await !folder.database.isSource(digest, in: scope) {
                        try await folder.blobs.remove(digest, in: scope)
                        removed += 1
                    } else {
                        damaged += 1
                    }
                } catch let error as LibraryError where error.code == .blobMissing {
                    continue
                }
            }
        }
        let lost = missing.values.reduce(0) { $0 + $1.count }
        let facts = [
            "\(whole) blobs whole", damaged > 0 ? "\(damaged) damaged" : nil, lost > 0 ? "\(lost) missing" : nil,
            removed > 0 ? "\(removed) damaged ones removed, to be made anew" : nil,
        ]
        let isWhole = damaged + lost == 0
        return Doctor.Finding(
            name: "library bytes", ok: isWhole, detail: facts.compactMap(\.self).joined(separator: ", "),
            remedy: isWhole ? nil : repairs ? "send the recordings again, analyze what is missing" : Self.remedy)
    }
}
