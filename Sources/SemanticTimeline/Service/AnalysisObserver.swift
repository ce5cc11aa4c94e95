/// Is told what happens, for metrics.
package protocol AnalysisObserver: Sendable {
    /// A request was answered from the cache, or not.
    func requested(hit: Bool)
    /// An analysis ended well after so many seconds of each stage.
    func finished(seconds: Double, stageSeconds: [String: Double])
    func failed(code: String)
}

/// Listens to nothing.
package struct NoObserver: AnalysisObserver {
    package init() {}
    package func requested(hit: Bool) {}
    package func finished(seconds: Double, stageSeconds: [String: Double]) {}
    package func failed(code: String) {}
}
