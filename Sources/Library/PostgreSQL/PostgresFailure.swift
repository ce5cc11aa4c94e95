#if PostgreSQL
    /// Why a statement or a connection failed.
    struct PostgresFailure: Error, CustomStringConvertible {
        /// Five characters (PostgreSQL's documentation, appendix A); empty where the server did not say.
        var sqlState: String
        /// Whether the connection is of no further use.
        var isConnectionLost: Bool
        var message: String

        var description: String { "\(sqlState) \(message)" }

        /// Whether nothing was changed and another try may well succeed: two transactions were in each other's way.
        var isConflictOfTransactions: Bool { ["40001", "40P01"].contains(sqlState) }

        /// Whether the server went away or is not there yet.
        var isOfConnection: Bool {
            isConnectionLost || sqlState.hasPrefix("08") || ["57P01", "57P02", "57P03", "53300"].contains(sqlState)
        }

        func libraryError(_ noun: String) -> LibraryError {
            switch sqlState {
            case "23505": LibraryError.conflict(noun, underlying: description)
            case "23503": LibraryError.missingParent(of: noun, underlying: description)
            case _ where isOfConnection:
                LibraryError(.unavailable, "the library's database does not answer", underlying: description)
            default: LibraryError(.inputOutput, "the library cannot be used", underlying: description)
            }
        }
    }
#endif
