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
        if repairs { try await folder.database.repair() }
        return [try await database(of: folder), try await blobs(of: folder)]
    }

    private func database(of folder: LibraryFolder) async throws -> Doctor.Finding {
        let damage = try await folder.database.damage()
        let rows = damage.rows.sorted { $0.key < $1.key }.map { "\($0.value) of table \($0.key)" }
        let said =
            damage.structure.prefix(3) + (rows.isEmpty ? [] : ["damaged records: " + rows.joined(separator: ", ")])
        return Doctor.Finding(
            name: "library records", ok: damage.isNone, detail: damage.isNone ? "whole" : said.joined(separator: "; "),
            remedy: damage.isNone ? nil : repairs ? "restore library.sqlite from a backup" : Self.remedy)
    }

    private func blobs(of folder: LibraryFolder) async throws -> Doctor.Finding {
        var (whole, damaged, removed) = (0, 0, 0)
        let end = Timestamp(millisecondsSince1970: .max)
        for (scope, digests) in try await folder.blobs.blobs(publishedBefore: end) {
            for digest in digests {
                try Task.checkCancellation()
                do {
                    _ = try await folder.blobs.verify(digest, in: scope)
                    whole += 1
                } catch let error as LibraryError where error.code == .blobDamaged {
                    // What somebody sent cannot be made anew: half of a recording may be worth more than none.
                    if repairs, try await !folder.database.isSource(digest, in: scope) {
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
        let detail =
            "\(whole) blobs whole" + (damaged > 0 ? ", \(damaged) damaged" : "")
            + (removed > 0 ? ", \(removed) damaged ones removed, to be made anew" : "")
        return Doctor.Finding(
            name: "library bytes", ok: damaged == 0, detail: detail,
            remedy: damaged == 0 ? nil : repairs ? "send the recordings again" : Self.remedy)
    }
}
