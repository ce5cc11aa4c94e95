import Library
import Testing

@Suite("Places in S3") struct S3LocationTests {
    private static let keys = ["AWS_ACCESS_KEY_ID": "the-id", "AWS_SECRET_ACCESS_KEY": "the-secret"]

    private static func location(_ text: String, _ variables: [String: String] = [:]) throws -> S3Location {
        try S3Location(text, environment: keys.merging(variables) { $1 })
    }

    @Test(
        "hosts and paths",
        arguments: [
            ("s3://media?region=eu-west-1", "media.s3.eu-west-1.amazonaws.com", "/a/b%20c"),
            ("s3://media.old?region=eu-west-1", "s3.eu-west-1.amazonaws.com", "/media.old/a/b%20c"),
            ("s3://media?region=eu-west-1&addressing=path", "s3.eu-west-1.amazonaws.com", "/media/a/b%20c"),
            ("s3://media?endpoint=http://127.0.0.1:9000", "127.0.0.1:9000", "/media/a/b%20c"),
            ("s3://media?endpoint=http%3A%2F%2F127.0.0.1%3A9000/", "127.0.0.1:9000", "/media/a/b%20c"),
            ("s3://media?endpoint=https://s3.example:443", "s3.example", "/media/a/b%20c"),
            ("s3://media?endpoint=http://s3.example:443", "s3.example:443", "/media/a/b%20c"),
            ("s3://media?endpoint=http://[::1]:80", "[::1]", "/media/a/b%20c"),
            ("s3://media?endpoint=http://s3.example:80&addressing=virtual", "media.s3.example", "/a/b%20c"),
            ("s3://media?endpoint=https://storage.googleapis.com", "storage.googleapis.com", "/media/a/b%20c"),
        ])
    func addresses(_ text: String, _ host: String, _ path: String) throws {
        let location = try Self.location(text)
        #expect(location.host == host)
        #expect(location.path(of: "a/b c") == path)
        #expect(location.bucket.hasPrefix("media"))
        #expect(location.prefix.isEmpty)
    }

    @Test(
        "prefixes are folders",
        arguments: [("", ""), ("/", ""), ("/a", "a"), ("/a/b/", "a/b"), ("//a//b", "a/b"), ("/a%20=b c", "a%20=b c")])
    func prefixes(_ text: String, _ prefix: String) throws {
        #expect(try Self.location("s3://media\(text)?region=r").prefix == prefix)
    }

    @Test("what the text leaves open, variables say") func variables() throws {
        #expect(try Self.location("s3://media", ["AWS_REGION": "a", "AWS_DEFAULT_REGION": "b"]).region == "a")
        #expect(try Self.location("s3://media", ["AWS_REGION": "", "AWS_DEFAULT_REGION": "b"]).region == "b")
        #expect(try Self.location("s3://media?region=c", ["AWS_REGION": "a"]).region == "c")
        let endpoints = ["AWS_ENDPOINT_URL_S3": "http://one", "AWS_ENDPOINT_URL": "http://two"]
        #expect(try Self.location("s3://media", endpoints).host == "one")
        #expect(try Self.location("s3://media", ["AWS_ENDPOINT_URL": "http://two"]).host == "two")
        #expect(try Self.location("s3://media?endpoint=http://three", endpoints).host == "three")
        #expect(try Self.location("s3://media", endpoints).region == "us-east-1")
    }

    @Test(
        "what is not understood is an error",
        arguments: [
            "", "media", "file:///media", "s3://", "s3:///a", "s3://me", "s3://media_ü?region=r", "s3://a..b?region=r",
            "s3://media", "s3://media?region=", "s3://media?region", "s3://media?region=r&region=r",
            "s3://media?region=a/b", "s3://media?colour=red", "s3://media?region=r&addressing=mixed",
            "s3://media/../other?region=r", "s3://media?endpoint=ftp://host", "s3://media?endpoint=host:9000",
            "s3://media?endpoint=http://", "s3://media?endpoint=http://host:0", "s3://media?endpoint=http://host:70000",
            "s3://media?endpoint=http://host:", "s3://media?endpoint=http://user:pw@host",
            "s3://media?endpoint=http://host/path", "s3://media?endpoint=http://host:99999999999999999999",
            "s3://media?endpoint=%ZZ",
        ])
    func errors(_ text: String) async {
        await expectFailure(.inputOutput) { try Self.location(text) }
    }

    @Test("credentials are needed") func credentials() async {
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", ""), ("AWS_SECRET_ACCESS_KEY", "a\r\nb"),
            ("AWS_SESSION_TOKEN", "a b"),
        ] {
            await expectFailure(.inputOutput) { try Self.location("s3://media?region=r", [name: value]) }
        }
    }

    @Test("no text tells the credentials") func secrecy() throws {
        let location = try Self.location("s3://media/a?region=r", ["AWS_SESSION_TOKEN": "the-token"])
        var dumped = ""
        dump(location, to: &dumped)
        let copy = S3Credentials(accessKeyID: "the-id", secretAccessKey: "the-secret", sessionToken: "the-token")
        for text in [dumped, "\(location)", String(reflecting: location), "\(copy)", String(reflecting: [copy])] {
            #expect(!text.contains("the-"))
        }
        #expect("\(location)" == "s3://media/a")
    }

    @Test("S3 takes 10000 parts") func parts() {
        let least: Int64 = 16 << 20
        #expect(S3Client.partBytes(of: 40 << 20, atLeast: least) == least)
        #expect(S3Client.partBytes(of: least * 10_000, atLeast: least) == least)
        #expect(S3Client.partBytes(of: least * 10_000 + 1, atLeast: least) == 17 << 20)
        for size in [5 << 40, .max] as [Int64] {
            let bytes = S3Client.partBytes(of: size, atLeast: least)
            #expect(size / bytes < 10_000)
        }
    }
}
