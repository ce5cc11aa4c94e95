extension S3BlobStore {
    /// A place that a client may put bytes to by itself.
    public struct Upload: Sendable, Hashable {
        /// Takes one POST of a form (`multipart/form-data`): the fields, and behind them the part `file`.
        public let url: String
        public let fields: [String: String]
        /// What the bytes are called then, as the source of an asset.
        public let uri: String
    }

    /// Makes a place for bytes of a scope: nobody else can read them, and they are no blob.
    ///
    /// The form carries a policy, in which all is said that may be done: "Authenticating Requests in Browser-Based Uploads
    /// Using POST" of the Amazon S3 API Reference. Unlike a presigned PUT it cannot be turned into a copy of another object.
    ///
    /// - Parameters:
    ///   - most: bytes.
    ///   - expires: until when it may be used.
    public func makeUpload(in scope: Scope, most: Int64, expires: Duration) -> Upload {
        let key = uploadsPrefix(of: scope) + LibraryID.make("upl")
        let (url, fields) = client.uploadForm(key, most: most, expires: expires)
        return Upload(url: url, fields: fields, uri: uri(key))
    }

    /// Such as `s3://bucket/prefix/uploads/`: where the bytes lie that clients put there.
    public var uploadsRoot: String { uri(base + "uploads/") }

    /// Whether a scope may read what has a URI, as far as this store goes: not its blobs, and of uploads only its own.
    public func allows(_ uri: String, in scope: Scope) -> Bool {
        // By bytes, as keys are: a slash before a combining mark is no character of its own.
        func begins(with prefix: String) -> Bool { uri.utf8.starts(with: prefix.utf8) }
        if begins(with: uploadsRoot) { return begins(with: self.uri(uploadsPrefix(of: scope))) }
        return !begins(with: self.uri(blobsPrefix))
    }

    private func uploadsPrefix(of scope: Scope) -> String {
        "\(base)uploads/\(FolderName.path(for: scope.tenantID))/\(FolderName.path(for: scope.env))/"
    }

    private var base: String { location.prefix.isEmpty ? "" : location.prefix + "/" }

    private func uri(_ key: String) -> String { "s3://\(location.bucket)/\(key)" }
}
