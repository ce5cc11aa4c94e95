import Crypto
import Foundation
import HTTPTypes
import JWTKit
import Server
import TestSupport
import Testing
import TimelineModel

@Suite("Tokens", .timeLimit(.minutes(5)))
struct TokenTests {
    private static let key = String(repeating: "k", count: 32)
    private static let other = String(repeating: "o", count: 40)

    private static func encoded(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// A token made by hand, signed by HMAC SHA-256 whatever its header says.
    private static func token(
        header: String = #"{"alg":"HS256","typ":"JWT"}"#, claims: String? = nil, key: String = key
    ) -> String {
        let hour = Int(Date().timeIntervalSince1970) + 3600
        let claims = claims ?? #"{"tenant_id":"t1","env":"dev","exp":\#(hour)}"#
        let signed = encoded(Array(header.utf8)) + "." + encoded(Array(claims.utf8))
        let code = HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: SymmetricKey(data: Data(key.utf8)))
        return signed + "." + encoded(code)
    }

    private static func isTaken(_ token: String, by authenticator: Authenticator) async -> Bool {
        (try? await authenticator.claims(authorization: "Bearer " + token))?.tenantID == "t1"
    }

    @Test("HS256 only: not none, not the header of another algorithm, nothing that would have to be understood")
    func algorithms() async throws {
        let authenticator = try await Authenticator(key: Self.key)
        #expect(await Self.isTaken(Self.token(), by: authenticator))
        #expect(await Self.isTaken(Self.token(header: #"{"alg":"HS256","kid":"any"}"#), by: authenticator))
        for header in [
            #"{"alg":"none"}"#, #"{"alg":"None"}"#, #"{"alg":"RS256"}"#, #"{"alg":"HS512"}"#, #"{"alg":"hs256"}"#,
            #"{"alg":["HS256"]}"#, #"{"typ":"JWT"}"#, "{}", "[]", "", "null",
            #"{"alg":"HS256","crit":["exp"],"exp":1}"#, #"{"alg":"HS256","kid":7}"#,
        ] {
            #expect(await !Self.isTaken(Self.token(header: header), by: authenticator), "\(header)")
        }
        let good = Self.token()
        let parts = good.split(separator: ".")
        for bad in [
            "\(parts[0]).\(parts[1]).", "\(parts[0]).\(parts[1])", good + ".", good + ".x", "..", "",
            Self.encoded(Array(#"{"alg":"none"}"#.utf8)) + ".\(parts[1]).",
            good.dropLast(2) + (good.hasSuffix("AA") ? "BA" : "AA"),
        ] {
            #expect(await !Self.isTaken(String(bad), by: authenticator), "\(bad)")
        }
    }

    @Test("A token must end, must have begun, and is no longer than 8 KiB")
    func bounds() async throws {
        let authenticator = try await Authenticator(key: Self.key)
        let now = Int(Date().timeIntervalSince1970)
        func taken(_ more: String) async -> Bool {
            await Self.isTaken(Self.token(claims: #"{"tenant_id":"t1","env":"dev"\#(more)}"#), by: authenticator)
        }
        #expect(await taken(#","exp":\#(now + 60)"#))
        for more in [
            "", #","exp":\#(now - 1)"#, #","exp":"\#(now + 60)""#, #","exp":null"#,
            #","exp":\#(now + 60),"nbf":\#(now + 300)"#,
            #","exp":\#(now + 60),"x":"\#(String(repeating: "x", count: 9000))""#,
        ] {
            #expect(await !taken(more), "\(more.prefix(60))")
        }
        for claims in ["[]", "7", "{", #"{"tenant_id":["t1"],"env":"dev","exp":\#(now + 60)}"#] {
            #expect(await !Self.isTaken(Self.token(claims: claims), by: authenticator), "\(claims)")
        }
    }

    @Test("Issuer, audience and the longest life are asked for where the server was told so")
    func rules() async throws {
        let keys = try await AuthKeys(key: Self.key)
        let strict = Authenticator(
            keys: keys, rules: TokenRules(issuer: "login", audience: "cueline", longestSeconds: 600))
        func token(_ issuer: String?, _ audience: String?, _ seconds: Int) async throws -> String {
            try await AccessToken.make(
                tenantID: "t1", env: "dev", userID: nil, key: Self.key, keysFile: nil,
                rules: TokenRules(issuer: issuer, audience: audience), seconds: seconds)
        }
        #expect(await Self.isTaken(try await token("login", "cueline", 300), by: strict))
        for (issuer, audience, seconds) in [
            (nil, "cueline", 300), ("login", nil, 300), ("other", "cueline", 300), ("login", "other", 300),
            ("login", "cueline", 900),
        ] as [(String?, String?, Int)] {
            #expect(await !Self.isTaken(try await token(issuer, audience, seconds), by: strict))
        }
        #expect(await Self.isTaken(try await token("x", "y", 1_000_000), by: Authenticator(keys: keys)))
    }

    @Test("Keys change without a restart: the old and the new one count while both are in the file; ids choose")
    func rotation() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: file), options: .atomic) }
        try write("# keys\n\nold \(Self.key)\n")
        let authenticator = Authenticator(keys: try await AuthKeys(file: file, patience: .zero))
        let old = Self.token(header: #"{"alg":"HS256","kid":"old"}"#)
        let new = Self.token(header: #"{"alg":"HS256","kid":"new"}"#, key: Self.other)
        let nameless = Self.token(key: Self.other)
        func taken() async -> [Bool] {
            [
                await Self.isTaken(old, by: authenticator), await Self.isTaken(new, by: authenticator),
                await Self.isTaken(nameless, by: authenticator),
            ]
        }
        #expect(await taken() == [true, false, false])
        try write("new \(Self.other)\nold \(Self.key)\n")
        #expect(await taken() == [true, true, true])
        // A file that cannot be used changes nothing.
        for broken in ["", "short\n", "a b c\n", "new \(Self.other)\nold short\n"] {
            try write(broken)
            #expect(await taken() == [true, true, true], "\(broken)")
        }
        try FileManager.default.removeItem(atPath: file)
        #expect(await taken() == [true, true, true])
        try write("new \(Self.other)\n")
        #expect(await taken() == [false, true, true])
        // The id says which key: another one's signature does not count under it.
        try write("old \(Self.other)\nnew \(Self.key)\n")
        #expect(await taken() == [false, false, true])
        // Keys without an id are tried whatever a token says.
        try write("\(Self.other)\n\(Self.key)\n")
        #expect(await taken() == [true, true, true])
    }

    @Test("Files of keys that cannot be used are refused at the start, without a word of what is in them")
    func refusedFiles() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        for text in ["", "# nothing\n", "sekrit\n", "a sekrit c\n", String(repeating: "sekrit ", count: 20_000)] {
            try Data(text.utf8).write(to: URL(filePath: file))
            do {
                _ = try await AuthKeys(file: file)
                Issue.record("\(text.prefix(20)) was taken")
            } catch {
                #expect(!"\(error)".contains("sekrit"))
            }
        }
        await #expect(throws: (any Error).self) { try await AuthKeys(file: "/nonexistent/keys") }
        await #expect(throws: (any Error).self) { try await AuthKeys(file: "/dev/zero") }
    }
}
