import Library
import Testing

/// Vectors of the "Amazon S3 API Reference" ("Examples: Signature Calculations", "Authenticating Requests: Using Query
/// Parameters") and of AWS's test suite of Signature Version 4.
@Suite("Signatures of AWS, version 4") struct SignatureV4Tests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let name: String
        var method = "GET"
        var path = "/"
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
        var payload = SignatureV4Tests.nothing
        let signedHeaders: String
        let signature: String

        var testDescription: String { name }

        var request: SignatureV4.Request {
            SignatureV4.Request(method: method, path: path, query: query, headers: headers, payload: payload)
        }
    }

    private static let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    /// 2013-05-24T00:00:00Z
    private static let exampleTime = Timestamp(millisecondsSince1970: 1_369_353_600_000)
    private static let exampleHost = (name: "Host", value: "examplebucket.s3.amazonaws.com")
    private static let example = SignatureV4(
        credentials: S3Credentials(
            accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region: "us-east-1")

    private static let s3: [Vector] = [
        Vector(
            name: "GET object with a range", path: "/test.txt",
            headers: [
                exampleHost, ("Range", "bytes=0-9"), ("x-amz-content-sha256", nothing),
                ("x-amz-date", "20130524T000000Z"),
            ],
            signedHeaders: "host;range;x-amz-content-sha256;x-amz-date",
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        Vector(
            name: "PUT object", method: "PUT", path: "/" + SignatureV4.encoded("test$file.text", keepsSlashes: true),
            headers: [
                ("Date", "Fri, 24 May 2013 00:00:00 GMT"), exampleHost, ("x-amz-date", "20130524T000000Z"),
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                ("x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"),
            ],
            payload: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            signedHeaders: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
        Vector(
            name: "GET bucket lifecycle", query: [("lifecycle", "")],
            headers: [exampleHost, ("x-amz-date", "20130524T000000Z"), ("x-amz-content-sha256", nothing)],
            signedHeaders: "host;x-amz-content-sha256;x-amz-date",
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        Vector(
            name: "GET bucket, a listing", query: [("prefix", "J"), ("max-keys", "2")],
            headers: [exampleHost, ("x-amz-date", "20130524T000000Z"), ("x-amz-content-sha256", nothing)],
            signedHeaders: "host;x-amz-content-sha256;x-amz-date",
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ]

    @Test("S3's examples", arguments: s3) func s3Examples(_ vector: Vector) {
        #expect(
            Self.example.authorization(of: vector.request, at: Self.exampleTime)
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders="
                + vector.signedHeaders + ",Signature=" + vector.signature)
    }

    @Test("S3's example of an address that carries its signature") func presigned() {
        let request = SignatureV4.Request(
            method: "GET", path: "/test.txt", headers: [Self.exampleHost], payload: SignatureV4.unsignedPayload)
        #expect(
            Self.example.presignedQuery(of: request, at: Self.exampleTime, seconds: 86_400)
                == "X-Amz-Algorithm=AWS4-HMAC-SHA256"
                + "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
                + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
                + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
    }

    private static let suiteHeaders: [(name: String, value: String)] = [
        ("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z"),
    ]

    private static let suite: [Vector] = [
        Vector(
            name: "get-vanilla", headers: suiteHeaders, signedHeaders: "host;x-amz-date",
            signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Vector(
            name: "get-vanilla-query-order-key-case", query: [("Param2", "value2"), ("Param1", "value1")],
            headers: suiteHeaders, signedHeaders: "host;x-amz-date",
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        Vector(
            name: "get-utf8", path: "/" + SignatureV4.encoded("\u{1234}", keepsSlashes: true), headers: suiteHeaders,
            signedHeaders: "host;x-amz-date",
            signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        Vector(
            name: "get-header-value-trim",
            headers: suiteHeaders + [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            signedHeaders: "host;my-header1;my-header2;x-amz-date",
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
        Vector(
            name: "get-header-value-order",
            headers: suiteHeaders + [
                ("My-Header1", "value4"), ("My-Header1", "value1"), ("My-Header1", "value3"), ("My-Header1", "value2"),
            ],
            signedHeaders: "host;my-header1;x-amz-date",
            signature: "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"),
        Vector(
            name: "post-vanilla", method: "POST", headers: suiteHeaders, signedHeaders: "host;x-amz-date",
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    ]

    @Test("AWS's suite", arguments: suite) func classicSuite(_ vector: Vector) {
        let signature = SignatureV4(
            credentials: S3Credentials(
                accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            region: "us-east-1", service: "service")
        // 2015-08-30T12:36:00Z
        let moment = Timestamp(millisecondsSince1970: 1_440_938_160_000)
        #expect(
            signature.authorization(of: vector.request, at: moment)
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,SignedHeaders="
                + vector.signedHeaders + ",Signature=" + vector.signature)
    }

    @Test(
        "dates are those of the calendar, and fractions are cut off",
        arguments: [
            (0, "19700101T000000Z"), (-1, "19691231T235959Z"), (951_827_696_999, "20000229T123456Z"),
            (1_709_251_199_000, "20240229T235959Z"), (4_107_542_400_000, "21000301T000000Z"),
        ] as [(Int64, String)])
    func dates(_ milliseconds: Int64, _ date: String) {
        let request = SignatureV4.Request(method: "GET", path: "/", headers: [], payload: "")
        let query = Self.example.presignedQuery(
            of: request, at: Timestamp(millisecondsSince1970: milliseconds), seconds: 1)
        #expect(query.contains("&X-Amz-Date=\(date)&"))
    }

    @Test("temporary credentials carry their token") func token() {
        let signature = SignatureV4(
            credentials: S3Credentials(accessKeyID: "id", secretAccessKey: "secret", sessionToken: "a/b="),
            region: "us-east-1")
        let request = SignatureV4.Request(method: "GET", path: "/", headers: [Self.exampleHost], payload: "")
        let query = signature.presignedQuery(of: request, at: Self.exampleTime, seconds: 1)
        #expect(query.contains("&X-Amz-Security-Token=a%2Fb%3D&"))
    }
}
