import ArgumentParser
import Foundation
import Server

/// Keys of tokens and what tokens must say. Keys come from the environment or a file, never from arguments, which every
/// user of the machine can read.
struct AuthOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            A file with keys of tokens, one a line, an id and blanks before it where it has one; read again when it \
            changes. Also CUELINE_AUTH_KEYS_FILE.
            """, valueName: "FILE"))
    var authKeys: String?

    @Option(help: ArgumentHelp("The issuer (iss) that tokens must name.", valueName: "S"))
    var tokenIssuer: String?

    @Option(help: ArgumentHelp("The audience (aud) that tokens must be for.", valueName: "S"))
    var tokenAudience: String?

    var key: String? { Self.variable("CUELINE_AUTH_KEY") }
    var keysFile: String? { authKeys ?? Self.variable("CUELINE_AUTH_KEYS_FILE") }
    var rules: TokenRules { TokenRules(issuer: tokenIssuer, audience: tokenAudience) }

    private static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
