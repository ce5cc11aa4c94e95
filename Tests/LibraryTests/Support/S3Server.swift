import Library
import TestServers

/// The services that speak S3 on which tests run.
enum S3Server: String, CaseIterable, Sendable {
    /// Plays AWS, and verifies nothing.
    case moto
    /// Verifies signatures and digests.
    case ceph

    /// A place of its own in a bucket.
    func location(secret: String? = nil) async throws -> S3Location {
        let endpoint: String
        let variables: [String: String]
        switch self {
        case .moto:
            endpoint = try await MotoServer.running().endpoint
            variables = [
                "AWS_ACCESS_KEY_ID": MotoServer.accessKeyID, "AWS_SECRET_ACCESS_KEY": MotoServer.secretAccessKey,
            ]
        case .ceph:
            endpoint = try await CephServer.running().endpoint
            variables = [
                "AWS_ACCESS_KEY_ID": CephServer.accessKeyID, "AWS_SECRET_ACCESS_KEY": CephServer.secretAccessKey,
            ]
        }
        let bucket = self == .moto ? MotoServer.bucket : CephServer.bucket
        let prefix = LibraryID.make("Test=prefix")
        let text = "s3://\(bucket)/\(prefix)?endpoint=\(endpoint)"
        // Making a bucket of one's own again changes nothing.
        let client = S3Client(try S3Location(text, environment: variables))
        try await client.makeBucket()
        await client.close()
        guard let secret else { return try S3Location(text, environment: variables) }
        return try S3Location(text, environment: variables.merging(["AWS_SECRET_ACCESS_KEY": secret]) { $1 })
    }
}
