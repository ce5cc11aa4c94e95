import Files

/// Where the blobs of a folder lie: `blobs/<tenant>/<env>/<first two digits>/<sha256>`, and `tmp/` for what is being
/// written.
struct BlobLayout: Sendable {
    let root: String

    var blobs: String { root + "/blobs" }
    var temporary: String { root + "/tmp" }
    /// Its lock is held by whoever makes a blob visible (shared) or removes one (alone).
    var lock: String { root + "/blobs.lock" }

    /// The folder of all blobs of a scope whose digests begin alike.
    ///
    /// - Returns: nil for what is no digest.
    func folder(of sha256: String, in scope: Scope) -> String? {
        guard BlobDigest.isValid(sha256) else { return nil }
        return "\(blobs)/\(FolderName.path(for: scope.tenantID))/\(FolderName.path(for: scope.env))/\(sha256.prefix(2))"
    }

    /// - Returns: nil for what is no digest.
    func path(of sha256: String, in scope: Scope) -> String? {
        folder(of: sha256, in: scope).map { $0 + "/" + sha256 }
    }

    /// The folders of scopes that have or had blobs. Blocks.
    func scopes() throws(FileError) -> [(scope: Scope, folder: String)] {
        var scopes: [(Scope, String)] = []
        for (tenantID, folder) in try named(in: blobs) {
            for (env, folder) in try named(in: folder) {
                scopes.append((Scope(tenantID: tenantID, env: env), folder))
            }
        }
        return scopes
    }

    /// The texts that have a folder inside a folder.
    private func named(in folder: String, after prefix: String = "") throws(FileError) -> [(String, String)] {
        var texts: [(String, String)] = []
        for name in try FileSystem.names(in: folder) {
            let path = folder + "/" + name
            if name.hasSuffix("+") {
                texts += try named(in: path, after: prefix + name.dropLast())
            } else if let text = FolderName.text(of: prefix + name) {
                texts.append((text, path))
            }
        }
        return texts
    }

    /// Digests of the blobs of a scope, with the paths of their files. Blocks.
    ///
    /// - Parameter folder: the scope's.
    func digests(in folder: String) throws(FileError) -> [(sha256: String, path: String)] {
        var digests: [(String, String)] = []
        for shard in try FileSystem.names(in: folder) {
            for name in try FileSystem.names(in: folder + "/" + shard)
            where BlobDigest.isValid(name) && name.hasPrefix(shard) {
                digests.append((name, "\(folder)/\(shard)/\(name)"))
            }
        }
        return digests
    }
}
