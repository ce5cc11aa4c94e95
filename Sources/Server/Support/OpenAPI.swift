/// The hand-written description of the service, `docs/openapi.json`.
package enum OpenAPI {
    /// The document's bytes.
    package static var document: [UInt8] { PackageResources.openapi_json }
}
