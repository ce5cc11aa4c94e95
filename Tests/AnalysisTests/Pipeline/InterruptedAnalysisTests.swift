import Analysis
import Dispatch
import Foundation
import Media
import Synchronization
import Testing
import TimelineModel

/// Keeps pieces in memory, and counts.
private final class CountedPieces: PieceStore {
    private struct State {
        var pieces: [String: [UInt8]] = [:]
        var kept = 0
        var onKeep: (@Sendable (Int) -> Void)?
    }

    private let state = Mutex(State())

    var kept: Int { state.withLock { $0.kept } }

    /// Forgets the count, not the pieces.
    func count(_ onKeep: (@Sendable (Int) -> Void)? = nil) {
        state.withLock { ($0.kept, $0.onKeep) = (0, onKeep) }
    }

    func forget() { state.withLock { $0.pieces = [:] } }

    func piece(_ key: String) async -> [UInt8]? { state.withLock { $0.pieces[key] } }

    func keep(_ bytes: [UInt8], as key: String) async {
        let (kept, onKeep) = state.withLock { state in
            state.pieces[key] = bytes
            state.kept += 1
            return (state.kept, state.onKeep)
        }
        onKeep?(kept)
    }
}

/// All progress that was reported.
private final class SeenProgress: Sendable {
    private let state = Mutex<[AnalysisProgress]>([])
    var all: [AnalysisProgress] { state.withLock { $0 } }
    func see(_ progress: AnalysisProgress) { state.withLock { $0.append(progress) } }
}

/// Threads of their own for analyses: they compute for seconds, and other tests need the cooperative ones.
private final class OwnThreads: TaskExecutor {
    private let queue = DispatchQueue(label: "analyses", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Analyses of more than one piece that are stopped in the middle.
@Suite(
    "Interrupted analyses", .serialized, .enabled(if: MediaTools().areAvailable, "needs ffmpeg"),
    .timeLimit(.minutes(20))
)
struct InterruptedAnalysisTests {
    private static let fixture = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/harbour.flac").path

    /// The fixture again and again, as 16-bit mono.
    private static func makeRecording(in folder: String, minutes: Int, filter: String = "anull") async throws -> String
    {
        let path = folder + "/long-\(filter.count).wav"
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["ffmpeg", "-nostdin", "-v", "error", "-y", "-stream_loop", "-1", "-i", fixture, "-t", "\(60 * minutes)"]
            + ["-ac", "1", "-ar", "16000", path]
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in done.resume() }
            do { try process.run() } catch { done.resume(throwing: error) }
        }
        return path
    }

    private static func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "interrupted-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    /// Analyses on threads of its own.
    private static func analyze(
        _ analyzer: Analyzer, _ path: String, _ request: AnalysisRequest, memory: AnalysisMemory = AnalysisMemory(),
        onProgress: @escaping @Sendable (AnalysisProgress) -> Void = { _ in }
    ) -> Task<AnalysisOutcome, any Error> {
        Task(executorPreference: OwnThreads()) {
            try await analyzer.analyze(
                path, request: request, memory: memory, known: { _ in StageResults() }, onProgress: onProgress)
        }
    }

    private static func request(_ parameters: AnalysisParameters) -> AnalysisRequest {
        AnalysisRequest(parameters: parameters)
    }

    private static func json(_ outcome: AnalysisOutcome) throws -> [UInt8] {
        [UInt8](try TimelineJSON.encode(outcome.summary))
    }

    private static let hasModel: Bool = {
        guard let configuration = try? AnalysisConfiguration(environment: ProcessInfo.processInfo.environment) else {
            return false
        }
        return ModelCatalog(configuration: configuration).whisperModel(named: "tiny", language: "en") != nil
    }()

    @Test(
        "Stopped after a piece, it goes on there: the same bytes, and nothing that was done is done again",
        .enabled(if: hasModel, "needs tiny.en: scripts/bootstrap"))
    func goesOn() async throws {
        let configuration = try AnalysisConfiguration(environment: ProcessInfo.processInfo.environment)
        try await Self.withFolder { folder in
            let path = try await Self.makeRecording(in: folder, minutes: 22)
            let request = Self.request(AnalysisParameters(language: "en"))
            let analyzer = Analyzer(configuration: configuration)
            let expected = try Self.json(try await Self.analyze(analyzer, path, request).value)

            // Stopped when its second piece is kept.
            let pieces = CountedPieces()
            let memory = AnalysisMemory(pieces: pieces, checkpoint: folder + "/checkpoint")
            let stop = Mutex<Task<AnalysisOutcome, any Error>?>(nil)
            pieces.count { if $0 == 2 { stop.withLock { $0 }?.cancel() } }
            let first = Self.analyze(analyzer, path, request, memory: memory)
            stop.withLock { $0 = first }
            await #expect(throws: CancellationError.self) { try await first.value }
            #expect(pieces.kept == 2)

            pieces.count()
            let progress = SeenProgress()
            let second = try await Self.analyze(
                analyzer, path, request, memory: memory, onProgress: { progress.see($0) }
            ).value
            #expect(try Self.json(second) == expected)
            #expect(pieces.kept == 1)
            // Two thirds were not heard again.
            let begun = try #require(progress.all.first)
            #expect((begun.stages[.scene] ?? 0) > 0.4 && begun.fraction > 0.4)
            #expect(progress.all.map(\.fraction) == progress.all.map(\.fraction).sorted())
            // Getting to where it was counts as no work: the time left is never more than the whole would take at real time.
            #expect(progress.all.allSatisfy { ($0.secondsLeft ?? 0) < 22 * 60 })
            #expect(progress.all.contains { ($0.rate ?? 0) > 1 && ($0.secondsLeft ?? -1) >= 0 })

            // An edit that keeps the length: one piece is transcribed again.
            var bytes = try Data(contentsOf: URL(filePath: path))
            let second700 = bytes.count - 2 * 16_000 * (60 * 22 - 700)
            bytes.replaceSubrange(second700..<(second700 + 2 * 16_000 * 60), with: Data(count: 2 * 16_000 * 60))
            let edited = folder + "/edited.wav"
            try bytes.write(to: URL(filePath: edited))
            pieces.count()
            let third = try await Self.analyze(
                analyzer, edited, request, memory: AnalysisMemory(pieces: pieces)
            ).value
            #expect(pieces.kept == 1)
            #expect(third.summary.meta.summary.words < second.summary.meta.summary.words)
            let before = { (summary: AudioSemanticTimelineSummary) in
                summary.events.filter { $0.endMs < 600_000 }.compactMap(\.transcription)
            }
            #expect(before(third.summary) == before(second.summary) && !before(third.summary).isEmpty)
        }
    }

    /// What the state may have come to until the next analysis finds it.
    enum Damage: CaseIterable {
        case none, cutState, cutFound, otherState, locked, full, tried
    }

    @Test("Whatever became of the state, the timeline is the same")
    func damaged() async throws {
        var configuration = try AnalysisConfiguration(environment: ProcessInfo.processInfo.environment)
        configuration.jobs = 2
        let analyzer = Analyzer(configuration: configuration)
        try await Self.withFolder { folder in
            let path = try await Self.makeRecording(in: folder, minutes: 21)
            let request = Self.request(AnalysisParameters(includeSpeechMusic: false))
            let expected = try Self.json(try await Self.analyze(analyzer, path, request).value)
            let whole = folder + "/whole"
            let first = Self.analyze(
                analyzer, path, request, memory: AnalysisMemory(checkpoint: whole),
                onProgress: { if $0.fraction > 0.97 { withUnsafeCurrentTask { $0?.cancel() } } })
            await #expect(throws: CancellationError.self) { try await first.value }
            for damage in Damage.allCases {
                let checkpoint = folder + "/\(damage)"
                try FileManager.default.copyItem(atPath: whole, toPath: checkpoint)
                let holder = try Self.damage(checkpoint, damage)
                let progress = SeenProgress()
                let second = try await Self.analyze(
                    analyzer, path, request, memory: AnalysisMemory(checkpoint: checkpoint),
                    onProgress: { progress.see($0) }
                ).value
                #expect(try Self.json(second) == expected, "\(damage)")
                let begun = try #require(progress.all.first)
                #expect((begun.fraction > 0.9) == (damage == .none || damage == .full), "\(damage)")
                withExtendedLifetime(holder) {}
            }
        }
    }

    /// - Returns: what must live as long as the damage.
    private static func damage(_ checkpoint: String, _ damage: Damage) throws -> (any AnyObject)? {
        let state = checkpoint + "/state"
        switch damage {
        case .none: break
        case .cutState: try FileHandle(forWritingTo: URL(filePath: state)).truncate(atOffset: 100_000)
        case .cutFound: try FileHandle(forWritingTo: URL(filePath: checkpoint + "/found")).truncate(atOffset: 1000)
        case .otherState:
            var bytes = try [UInt8](Data(contentsOf: URL(filePath: state)))
            bytes[bytes.count / 2] ^= 1
            try Data(bytes).write(to: URL(filePath: state))
        case .locked:
            let handle = try FileHandle(forUpdating: URL(filePath: checkpoint + "/lock"))
            #expect(flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0)
            return handle
        case .full:
            // A folder where the next state should be: nothing can be written there.
            try FileManager.default.createDirectory(atPath: state + ".new/x", withIntermediateDirectories: true)
        case .tried:
            // Taken up twice already.
            try Data([1, 1]).write(to: URL(filePath: checkpoint + "/tries"))
        }
        return nil
    }
}
