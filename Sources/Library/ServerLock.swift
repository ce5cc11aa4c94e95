import Files

/// Says that a library has its server; let go with the last reference, and whenever the process ends.
public final class ServerLock: Sendable {
    private let file: OpenFile

    init(file: OpenFile) {
        self.file = file
    }
}
