import Foundation

/// Programs that tests run.
public enum Command {
    /// Runs a program to its end, away from the cooperative threads.
    ///
    /// - Returns: what it printed.
    /// - Throws: when it fails, with that.
    public static func run(_ program: String, _ arguments: [String]) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try LocalServer.output(of: [program] + arguments) })
            }
        }
    }
}
