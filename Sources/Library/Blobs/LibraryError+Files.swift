import Files

extension LibraryError {
    /// What a failed call of the operating system means here.
    init(_ error: FileError, _ message: String) {
        self.init(.inputOutput, message, underlying: error.description)
    }
}
