import ArgumentParser
import Library
import SemanticTimeline
import Server
import TimelineModel

/// `cueline token`: a bearer token for a tenant.
struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a bearer token for a service with a key.",
        discussion: """
            Signs with CUELINE_AUTH_KEY, or else with the first key of --auth-keys, or with that of --kid. A service \
            that knows its users makes tokens itself: JSON Web Tokens, HS256, with tenant_id, env, sub (the user) and \
            exp.
            """)

    @Option(help: ArgumentHelp("The tenant.", valueName: "T"))
    var tenant: String

    @Option(help: ArgumentHelp("The environment.", valueName: "E"))
    var env: String

    @Option(help: ArgumentHelp("The user.", valueName: "U"))
    var user: String?

    @Option(help: ArgumentHelp("How long it is good, in seconds.", valueName: "N"))
    var seconds = 3600

    @Option(help: ArgumentHelp("The id of the key that signs.", valueName: "ID"))
    var kid: String?

    @OptionGroup var auth: AuthOptions

    func validate() throws {
        guard (1...315_576_000).contains(seconds) else {
            throw ValidationError("--seconds must be between 1 and 315576000.")
        }
    }

    func run() async throws {
        try await reportingFailures {
            guard auth.key != nil || auth.keysFile != nil else {
                throw CommandError(status: .usage, message: "there is no key: set CUELINE_AUTH_KEY or give --auth-keys")
            }
            let named = [("tenant_id", tenant, IdentifierError.Field.tenantID), ("env", env, .env)]
            for (name, value, field) in named {
                _ = try RequestFields(text: [name: [value]]).identifier(name, as: field)
            }
            let token = try await AccessToken.make(
                tenantID: tenant, env: env, userID: user, key: auth.key, keysFile: auth.keysFile, kid: kid,
                rules: auth.rules, seconds: seconds)
            try Console.printOutput(token + "\n")
        }
    }
}
