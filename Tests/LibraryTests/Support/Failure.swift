import Library
import Testing

/// Expects that work fails with a code of the library, and with a message that tells no path.
func expectFailure<Value>(
    _ code: LibraryError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ work: () async throws -> Value
) async {
    do {
        _ = try await work()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch let error as LibraryError {
        #expect(error.code == code, sourceLocation: sourceLocation)
        #expect(!error.message.isEmpty && !error.message.contains("/"), sourceLocation: sourceLocation)
    } catch {
        Issue.record("\(error) was thrown", sourceLocation: sourceLocation)
    }
}
