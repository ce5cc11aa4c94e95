import Analysis
import Foundation
import TimelineModel

let analyzer = Analyzer(configuration: try AnalysisConfiguration(environment: ProcessInfo.processInfo.environment))
let outcome = try await analyzer.analyze(CommandLine.arguments[1], request: AnalysisRequest())
for event in outcome.summary.events where event.kind == .speech {
    print(event.startMs, event.transcription ?? "")
}
