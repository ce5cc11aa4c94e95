import Crypto
import HTTPTypes
import Hummingbird
import Interchange
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `/`: the service in a browser. The page holds nothing; whoever opens it sees what the routes answer to them.
struct PageRoutes: Sendable {
    private static let page = ByteBuffer(bytes: ServicePage.html)
    /// Nothing runs in it but what it came with, whatever a recording is called.
    private static let policy =
        ServicePage.policy(
            script: ServicePage.scripts.map(source).joined(separator: " "), style: source(ServicePage.style))
        + "; frame-ancestors 'none'"

    func add(to router: Router<AppContext>) {
        router.get("/", use: get)
    }

    @Sendable private func get(_ request: Request, context: AppContext) async throws -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/html; charset=utf-8", .contentSecurityPolicy: Self.policy,
                .cacheControl: "no-cache",
            ],
            body: ResponseBody(byteBuffer: Self.page))
    }

    /// A source of a policy that is one text (CSP Level 3, section 2.3.1).
    private static func source(_ text: [UInt8]) -> String {
        "'sha256-\(Data(SHA256.hash(data: text)).base64EncodedString())'"
    }
}
