import Crypto
import Files
import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Signatures of requests by AWS Signature Version 4, with S3's rules: a path is encoded once and not normalised.
///
/// The method is that of the "Amazon S3 API Reference", chapters "Signature Calculations for the Authorization Header"
/// and "Authenticating Requests: Using Query Parameters".
package struct SignatureV4: Sendable {
    /// What of a request is signed.
    package struct Request: Sendable {
        package var method: String
        /// Encoded, as it is sent.
        package var path: String
        /// Names and values, not encoded, in any order.
        package var query: [(name: String, value: String)]
        /// The headers to sign: `host` and all that begin with `x-amz-`, at least.
        package var headers: [(name: String, value: String)]
        /// SHA-256 of the body as hexadecimal digits, or ``unsignedPayload``.
        package var payload: String

        package init(
            method: String, path: String, query: [(name: String, value: String)] = [],
            headers: [(name: String, value: String)], payload: String
        ) {
            self.method = method
            self.path = path
            self.query = query
            self.headers = headers
            self.payload = payload
        }
    }

    /// Stands for a body that is not known yet.
    package static let unsignedPayload = "UNSIGNED-PAYLOAD"
    private static let algorithm = "AWS4-HMAC-SHA256"

    private let credentials: S3Credentials
    private let region: String
    private let service: String

    package init(credentials: S3Credentials, region: String, service: String = "s3") {
        self.credentials = credentials
        self.region = region
        self.service = service
    }

    /// The value of the header `Authorization`.
    ///
    /// - Parameter moment: the same as in the request's header `x-amz-date`.
    package func authorization(of request: Request, at moment: Timestamp) -> String {
        let date = S3Date.basic(moment)
        let (lines, names) = Self.canonicalHeaders(request.headers)
        let canonical = [
            request.method, request.path, Self.canonicalQuery(request.query), lines, names, request.payload,
        ].joined(separator: "\n")
        let credential = credentials.accessKeyID + "/" + scope(date)
        return Self.algorithm + " Credential=" + credential + ",SignedHeaders=" + names + ",Signature="
            + signature(of: canonical, date)
    }

    /// The query that lets whoever has it do what the request says, until it expires. The body is left open.
    ///
    /// - Parameter seconds: 1 to 604800, a week.
    package func presignedQuery(of request: Request, at moment: Timestamp, seconds: Int) -> String {
        let date = S3Date.basic(moment)
        let (lines, names) = Self.canonicalHeaders(request.headers)
        var query = request.query
        query.append(("X-Amz-Algorithm", Self.algorithm))
        query.append(("X-Amz-Credential", credentials.accessKeyID + "/" + scope(date)))
        query.append(("X-Amz-Date", date))
        query.append(("X-Amz-Expires", String(seconds)))
        if let token = credentials.sessionToken { query.append(("X-Amz-Security-Token", token)) }
        query.append(("X-Amz-SignedHeaders", names))
        let text = Self.canonicalQuery(query)
        let canonical = [request.method, request.path, text, lines, names, request.payload].joined(separator: "\n")
        return text + "&X-Amz-Signature=" + signature(of: canonical, date)
    }

    /// The fields of a form that may do what its policy says, and nothing else.
    ///
    /// - Parameters:
    ///   - exact: fields with the one value that each may have.
    ///   - most: bytes of the file.
    ///   - end: when the form is no longer good.
    package func uploadFields(
        _ exact: [(name: String, value: String)], most: Int64, at moment: Timestamp, until end: Timestamp
    ) -> [String: String] {
        let date = S3Date.basic(moment)
        var fields = exact
        fields.append(("x-amz-algorithm", Self.algorithm))
        fields.append(("x-amz-credential", credentials.accessKeyID + "/" + scope(date)))
        fields.append(("x-amz-date", date))
        if let token = credentials.sessionToken { fields.append(("x-amz-security-token", token)) }
        var conditions = fields.map { JSONValue.object([$0.name: .string($0.value)]) }
        conditions.append(.array([.string("content-length-range"), .integer(0), .integer(most)]))
        let policy = JSONValue.object(["expiration": .string(end.text), "conditions": .array(conditions)])
        let text = ((try? TimelineJSON.encode(policy)) ?? Data()).base64EncodedString()
        var form = Dictionary(fields.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        form["bucket"] = nil
        form["policy"] = text
        form["x-amz-signature"] = hexadecimal(Self.code(text, signingKey(date)))
        return form
    }

    /// A text with every byte but letters, digits, `-`, `.`, `_` and `~` written `%XX`.
    ///
    /// - Parameter keepsSlashes: as in paths.
    package static func encoded(_ text: String, keepsSlashes: Bool = false) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            case UInt8(ascii: "/") where keepsSlashes: bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A query, encoded and in order: in this form it is signed, and may be sent.
    package static func canonicalQuery(_ query: [(name: String, value: String)]) -> String {
        let pairs = query.map { (encoded($0.name), encoded($0.value)) }
        return pairs.sorted { $0 < $1 }.map { $0 + "=" + $1 }.joined(separator: "&")
    }

    /// Lines of all headers, and their names.
    private static func canonicalHeaders(
        _ headers: [(name: String, value: String)]
    ) -> (lines: String, names: String) {
        var values: [String: [String]] = [:]
        for (name, value) in headers {
            let words = value.split { $0 == " " || $0 == "\t" }
            values[name.lowercased(), default: []].append(words.joined(separator: " "))
        }
        let names = values.keys.sorted()
        let lines = names.map { $0 + ":" + (values[$0] ?? []).joined(separator: ",") + "\n" }
        return (lines.joined(), names.joined(separator: ";"))
    }

    private func scope(_ date: String) -> String {
        [String(date.prefix(8)), region, service, "aws4_request"].joined(separator: "/")
    }

    private func signature(of canonical: String, _ date: String) -> String {
        let digest = hexadecimal(SHA256.hash(data: Array(canonical.utf8)))
        let text = [Self.algorithm, date, scope(date), digest].joined(separator: "\n")
        return hexadecimal(Self.code(text, signingKey(date)))
    }

    private func signingKey(_ date: String) -> [UInt8] {
        var key = Array("AWS4".utf8) + Array(credentials.secretAccessKey.utf8)
        for part in [String(date.prefix(8)), region, service, "aws4_request"] { key = Self.code(part, key) }
        return key
    }

    private static func code(_ text: String, _ key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
    }
}
