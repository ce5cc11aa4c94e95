public import Library

/// The stores that the service works on.
public struct LibraryStores: Sendable {
    public var assets: any AssetStore
    public var artifacts: any ArtifactStore
    public var timelines: any TimelineStore
    public var stages: any StageStore
    public var video: any VideoStore
    public var jobs: any JobStore
    public var blobs: any BlobStore
    /// Where jobs wait for workers of many machines; nil where this process works on its jobs itself.
    public var queue: (any JobQueue)?
    /// Knows which blobs are in use; nil where nobody removes any while they work.
    public var references: (any BlobReferences)?

    /// One database that is all of them, and its blobs.
    public init(
        database: some AssetStore & ArtifactStore & TimelineStore & StageStore & VideoStore & JobStore,
        blobs: any BlobStore, queue: (any JobQueue)? = nil
    ) {
        assets = database
        artifacts = database
        timelines = database
        stages = database
        video = database
        jobs = database
        self.blobs = blobs
        self.queue = queue
    }
}
