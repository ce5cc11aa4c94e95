package import Hummingbird

/// What a request carries through the middlewares to its handler.
package struct AppContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The request's id: the caller's `X-Request-Id` where it is usable, else one made here.
    package var requestID = ""

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
    }
}
