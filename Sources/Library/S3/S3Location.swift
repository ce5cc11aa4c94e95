public import Foundation

/// A bucket of a service that speaks S3, a place in it, and how to get there.
///
/// Written `s3://bucket[/prefix]?endpoint=https://host:port&region=R&addressing=path|virtual`. Where the text leaves
/// something open, the variables do that every client of S3 goes by: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
/// `AWS_SESSION_TOKEN`, `AWS_REGION`, `AWS_DEFAULT_REGION`, `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`. Without an
/// endpoint it is AWS itself. Google Cloud Storage answers to `endpoint=https://storage.googleapis.com` with HMAC keys;
/// that is designed for, and untested.
///
///     S3Location("s3://media/cueline?endpoint=http://127.0.0.1:9000", environment: environment)
///
/// The bucket and the prefix are taken as they are written, as all clients take them: nothing in them is escaped.
public struct S3Location: Sendable, Hashable, CustomStringConvertible {
    /// Where the name of the bucket stands.
    public enum Addressing: String, Sendable {
        /// `https://host/bucket/key`
        case path
        /// `https://bucket.host/key`
        case virtual
    }

    public internal(set) var bucket: String
    /// Begins the keys; empty, or without a slash at either end.
    public let prefix: String
    public let region: String
    /// `https` or `http`
    let scheme: String
    /// Host and port of the service; nil for AWS.
    private let authority: String?
    private let requestedAddressing: Addressing?
    let credentials: S3Credentials

    /// - Throws: ``LibraryError`` `inputOutput`, when the text or a variable is not understood, or credentials are missing.
    public init(
        _ text: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        let variable = { (name: String) in environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        guard text.hasPrefix("s3://") else { throw Self.error("a place in S3 is written s3:, two slashes, bucket") }
        let halves = text.dropFirst(5).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let names = halves[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        bucket = try Self.bucket(String(names[0]))
        prefix = names.count < 2 ? "" : names[1].split(separator: "/").joined(separator: "/")
        guard !Self.climbs(prefix) else { throw Self.error("the prefix of a place in S3 has a segment of dots") }
        let options = try Self.options(halves.count < 2 ? "" : String(halves[1]))
        let addressing = options["addressing"]
        requestedAddressing = addressing.flatMap(Addressing.init(rawValue:))
        guard addressing == nil || requestedAddressing != nil else {
            throw Self.error("S3's addressing is path or virtual")
        }
        let endpoint = options["endpoint"] ?? variable("AWS_ENDPOINT_URL_S3") ?? variable("AWS_ENDPOINT_URL")
        (scheme, authority) = try endpoint.map(Self.endpoint) ?? ("https", nil)
        let region = options["region"] ?? variable("AWS_REGION") ?? variable("AWS_DEFAULT_REGION")
        // Most services do not care, and this is what those that do are set to when nothing is.
        guard let region = region ?? (authority == nil ? nil : "us-east-1") else {
            throw Self.error("S3's region is missing: say region=… or set AWS_REGION")
        }
        guard region.utf8.allSatisfy({ Self.isPlain($0) }) else { throw Self.error("S3's region is not understood") }
        self.region = region
        guard let id = variable("AWS_ACCESS_KEY_ID"), let secret = variable("AWS_SECRET_ACCESS_KEY") else {
            throw Self.error("S3's credentials are missing: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        }
        let token = variable("AWS_SESSION_TOKEN")
        // They are sent in headers.
        guard [id, secret, token ?? "a"].allSatisfy({ $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } }) else {
            throw Self.error("S3's credentials are not understood")
        }
        credentials = S3Credentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token)
    }

    /// How the bucket is named in addresses. AWS wants it in the host's name, where its certificates have no place for
    /// names with dots; others mostly know it in the path only.
    public var addressing: Addressing {
        requestedAddressing ?? (authority == nil && !bucket.utf8.contains(UInt8(ascii: ".")) ? .virtual : .path)
    }

    /// Host and port of requests.
    package var host: String {
        let authority = authority ?? "s3.\(region).amazonaws.com"
        return addressing == .virtual ? bucket + "." + authority : authority
    }

    /// Without credentials.
    public var description: String { "s3://" + bucket + (prefix.isEmpty ? "" : "/" + prefix) }

    /// The encoded path of a key; the bucket's own for an empty one.
    package func path(of key: String) -> String {
        (addressing == .path ? "/" + bucket : "") + "/" + SignatureV4.encoded(key, keepsSlashes: true)
    }

    /// The same service, another bucket.
    func with(bucket other: String) throws -> S3Location {
        var location = self
        location.bucket = try Self.bucket(other)
        return location
    }

    /// Whether a key has segments that mean other folders in paths: proxies on the way may resolve them.
    package static func climbs(_ key: String) -> Bool {
        // By bytes: a slash before a combining mark is no character of its own.
        key.utf8.split(separator: UInt8(ascii: "/")).contains {
            $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8)
        }
    }

    // MARK: - Parts of the text

    private static func bucket(_ name: String) throws -> String {
        guard (3...63).contains(name.utf8.count), name.utf8.allSatisfy({ isPlain($0) || $0 == UInt8(ascii: ".") }),
            !name.hasPrefix("."), !name.contains("..")
        else { throw error("the name of S3's bucket is not understood") }
        return name
    }

    private static func options(_ query: String) throws -> [String: String] {
        var options: [String: String] = [:]
        for option in query.split(separator: "&") {
            let sides = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(sides[0])
            guard ["endpoint", "region", "addressing"].contains(name) else {
                throw error("S3 knows the options endpoint, region and addressing, and no other")
            }
            guard sides.count == 2, let value = sides[1].removingPercentEncoding, !value.isEmpty,
                options.updateValue(value, forKey: name) == nil
            else { throw error("S3's option \(name) is not understood") }
        }
        return options
    }

    private static func endpoint(_ text: String) throws -> (String, String?) {
        let failure = error("S3's endpoint is a scheme, http or https, with host and port")
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, ["http", "https"].contains(parts[0]), parts[1].hasPrefix("//") else { throw failure }
        var authority = parts[1].dropFirst(2)
        if authority.hasSuffix("/") { authority.removeLast() }
        guard let url = URL(string: parts[0] + "://" + authority), let host = url.host(), !host.isEmpty,
            authority.utf8.allSatisfy({ isPlain($0) || ".:[]".utf8.contains($0) })
        else { throw failure }
        guard let port = url.port else {
            guard !authority.hasSuffix(":"), host == authority || "[\(host)]" == authority else { throw failure }
            return (String(parts[0]), String(authority))
        }
        guard (1...65_535).contains(port) else { throw failure }
        // What is the scheme's own is not written in the header Host, nor signed.
        let isImplied = port == (parts[0] == "https" ? 443 : 80)
        return (String(parts[0]), isImplied ? String(authority.dropLast(String(port).count + 1)) : String(authority))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func error(_ message: String) -> LibraryError { LibraryError(.inputOutput, message) }
}
