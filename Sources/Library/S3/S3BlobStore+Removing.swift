import Files

/// Removing is kept apart from publishing by objects that announce it, since S3 does not delete on conditions.
///
/// A remover puts a marker beside the blob, looks at the blob again, deletes it if it is still old, and removes its marker.
/// A publisher puts the blob, waits for as long as there are markers, looks whether the blob is still there, and puts it
/// again if not. Whatever the order:
///
/// - A remover that looks after the publisher put finds the blob new, and leaves it.
/// - A remover that looked before had its marker there already. Either the publisher sees that, and waits until the blob
///   is deleted; or the marker is gone again, and then the blob was deleted before. In both cases it looks, and puts again.
///
/// Each remover has a marker of its own, or the first to finish would take away the sign of the second. Markers of
/// removers that died count for ten minutes; a remover gives up long before. Only a request to delete that is under way
/// for longer than that would still do harm.
extension S3BlobStore {
    private static let markerSuffix = ".removing/"
    /// A marker that is older was left by a remover that died.
    private static let markerLifeMs: Int64 = 600_000
    /// A remover that takes longer does not delete any more. A request may take the rest, with its tries.
    private static let removalLimit = Duration.seconds(300)

    public func remove(_ sha256: String, in scope: Scope, publishedBefore moment: Timestamp) async throws -> Bool {
        guard let key = key(of: sha256, in: scope) else { return false }
        return try await asking("removing bytes failed") {
            // Most that are asked for in vain are told by one request.
            guard let object = try await client.headIfPresent(key), isOld(object, key, moment) else { return false }
            let begin = ContinuousClock.now
            let marker = key + Self.markerSuffix + LibraryID.make("rm")
            var isDeleting = false
            do {
                try await client.put(marker, [])
                await hooks.didMark()
                let isRemoved = try await removeIfOld(key, moment, begin, &isDeleting)
                try await client.delete(marker)
                return isRemoved
            } catch {
                // A deletion that failed may still be under way: then the marker stays until it is stale.
                if isDeleting { throw error }
                // Also when this task is cancelled: publishers wait for it.
                await Task { try? await client.delete(marker) }.value
                throw error
            }
        }
    }

    private func removeIfOld(
        _ key: String, _ moment: Timestamp, _ begin: ContinuousClock.Instant, _ isDeleting: inout Bool
    ) async throws -> Bool {
        guard let object = try await client.headIfPresent(key), isOld(object, key, moment) else { return false }
        await hooks.willDelete()
        guard ContinuousClock.now - begin < Self.removalLimit else {
            throw S3Failure(transport: "the removal took too long")
        }
        isDeleting = true
        try await client.delete(key)
        return true
    }

    private func isOld(_ object: S3Object, _ key: String, _ moment: Timestamp) -> Bool {
        hooks.published(key, object.lastModified).isCertainlyBefore(moment, clockLeadMs: object.clockLeadMs)
    }

    /// Waits until nobody is removing a blob.
    func waitForRemovers(of key: String) async throws {
        var pause = Duration.milliseconds(50)
        while try await isBeingRemoved(key) {
            hooks.isWaiting()
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(2))
        }
    }

    private func isBeingRemoved(_ key: String) async throws -> Bool {
        var isBeingRemoved = false
        try await client.list(prefix: key + Self.markerSuffix) { markers in
            for marker in markers where !isStale(marker) { isBeingRemoved = true }
        }
        return isBeingRemoved
    }

    private func isStale(_ marker: S3Client.Entry) -> Bool {
        let now = Timestamp.now.millisecondsSince1970 + marker.clockLeadMs
        let date = hooks.published(marker.key, marker.lastModified).millisecondsSince1970
        return now - date > Self.markerLifeMs
    }

    public func blobs(publishedBefore moment: Timestamp) async throws -> [Scope: [String]] {
        try await asking("listing blobs failed") {
            var found: [Scope: [String]] = [:]
            try await client.list(prefix: blobsPrefix) { entries in
                for entry in entries {
                    let date = hooks.published(entry.key, entry.lastModified)
                    guard date.isCertainlyBefore(moment, clockLeadMs: entry.clockLeadMs),
                        let (scope, sha256) = blob(entry.key)
                    else { continue }
                    found[scope, default: []].append(sha256)
                }
            }
            return found
        }
    }

    /// Removes what was left behind by those who died: temporary files that nobody holds, and markers of removers.
    /// Uploads in parts that were never finished, the service removes itself, if a rule says so.
    ///
    /// - Returns: how many.
    /// - Throws: ``LibraryError`` `inputOutput`.
    @discardableResult
    public func removeAbandonedFiles() async throws -> Int {
        let files = try await removeAbandonedTemporaryFiles()
        return try await asking("removing markers failed") {
            var stale: [String] = []
            try await client.list(prefix: blobsPrefix) { entries in
                stale += entries.filter { $0.key.contains(Self.markerSuffix) && isStale($0) }.map(\.key)
            }
            for key in stale { try await client.delete(key) }
            return files + stale.count
        }
    }

    /// Removes temporary files of this machine that nobody holds.
    ///
    /// - Returns: how many.
    /// - Throws: ``LibraryError`` `inputOutput`.
    @discardableResult
    public func removeAbandonedTemporaryFiles() async throws -> Int {
        try await blocking("removing temporary files failed") { try SpoolFile.removeAbandoned(in: self.temporary) }
    }

    /// The blob that a key stands for; nil for other objects.
    private func blob(_ key: String) -> (Scope, sha256: String)? {
        var names = key.dropFirst(blobsPrefix.count).split(separator: "/", omittingEmptySubsequences: false)[...]
        guard let tenantID = Self.text(&names), let env = Self.text(&names), names.count == 2,
            let shard = names.first, let sha256 = names.last.map(String.init), BlobDigest.isValid(sha256),
            sha256.hasPrefix(shard), shard.utf8.count == 2
        else { return nil }
        return (Scope(tenantID: tenantID, env: env), sha256)
    }

    /// Takes the names of one text, of which all but the last end in `+`.
    private static func text(_ names: inout ArraySlice<Substring>) -> String? {
        var joined = ""
        while let name = names.popFirst() {
            guard name.hasSuffix("+") else { return FolderName.text(of: joined + name) }
            joined += name.dropLast()
        }
        return nil
    }
}
