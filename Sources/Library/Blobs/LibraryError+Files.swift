package import Files

extension LibraryError {
    /// What a failed call of the operating system means here.
    package init(_ error: FileError, _ message: String) {
        if error.isFull {
            self.init(.unavailable, "the disk is full", underlying: error.description)
        } else {
            self.init(.inputOutput, message, underlying: error.description)
        }
    }
}
