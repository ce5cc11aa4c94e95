import Analysis
public import Library
public import TimelineModel

extension SemanticTimelineService {
    /// What analyses are made with at present, and whether they are the stub's because a part is missing.
    public func backend() async throws -> (info: BackendInfo, isStub: Bool) {
        try await translatingErrors {
            // Where nothing may stand in for a missing part, the report names it.
            guard let plan = try? self.analyzer.plan(AnalysisParameters()) else {
                let report = try await self.analyzer.dependencies()
                return (report.info(backendType: "none", backendVersion: "none"), true)
            }
            let info = try await self.analyzer.backendInfo(plan, language: nil)
            return (info, plan.isStub && plan.stubReason != "configured")
        }
    }

    /// Analyses that run and that wait.
    public var load: (running: Int, waiting: Int) {
        get async { (await pool.runningCount, await pool.waitingCount) }
    }

    /// Checks that a clip's window can be cut at all.
    ///
    /// - Throws: ``SemanticTimelineError`` `validation` (422) for windows that are inverted or empty.
    public static func checkWindow(of clip: VideoClip) throws {
        do {
            try SliceWindow.check(inMs: clip.inMs, outMs: clip.outMs, speed: clip.speed)
        } catch {
            throw SemanticTimelineError(error)
        }
    }
}
