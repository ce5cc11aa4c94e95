/// The page of a running service: whose recordings there are, a new one, how far its analysis is, and its timeline.
///
/// It holds nothing of anybody's: what it shows comes by the service's routes, asked with what its user enters.
public enum ServicePage {
    /// The page, UTF-8; the same for everybody.
    public static let html = TimelinePage.fill([
        "policy": Array(policy(script: "'unsafe-inline'", style: "'unsafe-inline'").utf8),
        "title": Array("Cueline".utf8), "door": PackageResources.door_html, "hidden": Array(" hidden".utf8),
        "data": Array("null".utf8), "begin": PackageResources.door_js,
    ])

    /// The texts of its scripts and of its style, by which a policy can name them (CSP Level 3, section 2.3.1).
    public static let scripts = [PackageResources.page_js, PackageResources.door_js]
    public static let style = PackageResources.page_css

    /// A `Content-Security-Policy` under which the page works: nothing but itself and the service that it comes from.
    ///
    /// - Parameters:
    ///   - script: the sources of scripts, such as the hashes of ``scripts``.
    ///   - style: those of styles.
    public static func policy(script: String, style: String) -> String {
        TimelinePage.policy(script: script, style: style, media: "'self' blob:", connect: "'self'")
    }
}
