import Crypto
import Foundation
import HTTPTypes
import SemanticTimeline
import Synchronization
import SystemPackage
import TestSupport
import Testing
import TimelineModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("Sources that lie outside of what may be read", .timeLimit(.minutes(5)))
struct SourceConfinementTests {
    private static let inside = Array("inside of the root".utf8)
    private static let canary = Array("canary: outside of the root, and of the same length as nothing else".utf8)

    /// A folder with a root and, beside it, what must never be read.
    private struct Place {
        let folder: String
        var root: String { folder + "/root" }
        var outside: String { folder + "/outside" }

        init() throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "cueline-roots-\(UUID().uuidString)").path
            for path in [root, root + "/folder", root + "/Folder2", outside] {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            }
            for path in [root + "/a.wav", root + "/folder/a.wav"] {
                try Data(SourceConfinementTests.inside).write(to: URL(filePath: path))
            }
            for path in [outside + "/a.wav", folder + "/canary.wav", folder + "/root-but-not.wav"] {
                try Data(SourceConfinementTests.canary).write(to: URL(filePath: path))
            }
        }

        func link(_ name: String, to target: String) throws {
            try FileManager.default.createSymbolicLink(atPath: root + "/" + name, withDestinationPath: target)
        }

        func remove() { try? FileManager.default.removeItem(atPath: folder) }
    }

    private static func json(_ uri: String) -> String {
        let text = (try? JSONEncoder().encode(uri)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return #"{"source_uri": \#(text), "kind": "other"}"#
    }

    @Test("What a URI may name: regular files whose real path is below a root, however it is spelt, and nothing else")
    func spellings() async throws {
        let place = try Place()
        defer { place.remove() }
        try place.link("out", to: place.folder + "/canary.wav")
        try place.link("outfolder", to: place.outside)
        try place.link("up", to: "..")
        try place.link("loop", to: "loop")
        try place.link("in", to: "a.wav")
        try place.link("null", to: "/dev/null")
        #expect(mkfifo(place.root + "/pipe", 0o600) == 0)
        let harness = try ServiceHarness(roots: [place.root])
        let (root, folder) = (place.root, place.folder)
        try await TestApp(harness: harness).test { client in
            for good in [
                "file://\(root)/a.wav", "file:\(root)/a.wav", "file://localhost\(root)/a.wav", "FILE://\(root)/a.wav",
                "file://\(root)/folder/../a.wav", "file://\(root)/in", "file://\(root)/%61.wav",
                "file://\(root)//folder/./a.wav",
            ] {
                let answer = try await client(.post, "/media-v2/assets", json: Self.json(good))
                #expect(answer.status == 201, "\(good): \(answer.text)")
            }
            var refusals: Set<String> = []
            for bad in [
                "file://\(root)/../canary.wav", "file://\(root)/%2e%2e/canary.wav", "file://\(root)/..%2Fcanary.wav",
                "file://\(root)%2F..%2Fcanary.wav", "file://\(root)/%252e%252e/canary.wav",
                "file://\(root)/folder/../../canary.wav", "file://\(root)/nowhere/../../canary.wav",
                "file://\(folder)/canary.wav", "file://\(root)-but-not.wav", "file:///etc/passwd", "file:///",
                "file://\(root)", "file://\(root)/folder", "file://\(root)/nothing.wav", "file://\(root)/A.WAV",
                "file://\(root.uppercased())/a.wav", "file://\(root)/out", "file://\(root)/outfolder/a.wav",
                "file://\(root)/up/canary.wav", "file://\(root)/loop", "file://\(root)/null", "file://\(root)/pipe",
                "file:///dev/zero", "file:///dev/stdin", "file:///dev/fd/0", "file:///proc/self/environ",
                "file:///proc/self/root\(root)/../canary.wav", "file:///proc/self/cwd/canary.wav",
                "file:///proc/self/fd/0", "file://\(root)/a.wav/", "file://\(root)/a.wav/../../canary.wav",
            ] {
                let answer = try await client(.post, "/media-v2/assets", json: Self.json(bad))
                #expect(answer.status == 400 && answer.field == "source_uri", "\(bad): \(answer.text)")
                refusals.insert(answer.text)
            }
            #expect(refusals.count == 1, "what is outside cannot be told from what is not there: \(refusals)")
            for bad in [
                "file://host\(root)/a.wav", "file:////host/share/a.wav", #"\\host\share\a.wav"#, "\(root)/a.wav",
                "a.wav", "../a.wav", "file:a.wav", "http://127.0.0.1/a.wav", "ftp://host/a.wav", "concat:\(root)/a.wav",
                "pipe:0", "file://\(root)/a.wav%00.flac", "file://\(root)/%ZZ", "data:audio/wav,x", "",
                "file://user@localhost\(root)/a.wav", "file://localhost:80\(root)/a.wav",
                "file://127.0.0.1\(root)/a.wav",
            ] {
                let answer = try await client(.post, "/media-v2/assets", json: Self.json(bad))
                #expect(answer.status == 400 && answer.field == "source_uri", "\(bad): \(answer.text)")
                #expect(!answer.text.contains(folder))
            }
            // Artifacts' bytes are confined the same way.
            let artifact = #"{"kind": "stem", "uri": "file://\#(folder)/canary.wav"}"#
            try await harness.addAsset("parent1")
            #expect(try await client(.post, "/media-v2/assets/parent1/artifacts", json: artifact).status == 400)
        }
    }

    /// Swaps what names lead to, until it is told to stop.
    private final class Swapper: Sendable {
        private let isDone = Atomic<Bool>(false)
        private let rounds = Atomic<Int>(0)
        var count: Int { rounds.load(ordering: .relaxed) }

        func start(_ round: @escaping @Sendable (Int) -> Void) {
            let thread = Thread { [self] in
                while !isDone.load(ordering: .relaxed) {
                    round(rounds.wrappingAdd(1, ordering: .relaxed).newValue)
                }
            }
            thread.start()
        }

        func stop() { isDone.store(true, ordering: .relaxed) }
    }

    @Test(
        "While links, files and folders are swapped thousands of times, no byte and no digest of what is outside shows")
    func swaps() async throws {
        let place = try Place()
        defer { place.remove() }
        let (root, outside) = (place.root, place.outside)
        try place.link("link.wav", to: "a.wav")
        try Data(Self.inside).write(to: URL(filePath: root + "/file.wav"))
        let harness = try ServiceHarness(roots: [root])
        let swapper = Swapper()
        try await TestApp(harness: harness).test { client in
            let names = ["link.wav", "file.wav", "folder/a.wav"]
            for (number, name) in names.enumerated() {
                let created = try await client(
                    .post, "/media-v2/assets",
                    json: #"{"id": "asset\#(number)", "kind": "other", "source_uri": "file://\#(root)/\#(name)"}"#)
                #expect(created.status == 201)
            }
            swapper.start { round in
                let isIn = round % 2 == 0
                // A link that leads in or out.
                _ = symlink(isIn ? root + "/a.wav" : outside + "/a.wav", root + "/new-link")
                _ = rename(root + "/new-link", root + "/link.wav")
                // A file that is one, or a link out.
                if isIn {
                    _ = link(root + "/a.wav", root + "/new-file")
                } else {
                    _ = symlink(outside + "/a.wav", root + "/new-file")
                }
                _ = rename(root + "/new-file", root + "/file.wav")
                _ = unlink(root + "/new-file")
                // A folder that is one, or a link to one outside, and back.
                _ = rename(root + "/folder", root + "/folder-away")
                _ = symlink(outside, root + "/folder")
                _ = unlink(root + "/folder")
                _ = rename(root + "/folder-away", root + "/folder")
            }
            defer { swapper.stop() }
            var got: [Int: Int] = [:]
            var rounds = 0
            while rounds < 500 || (swapper.count < 3000 && rounds < 5000) {
                rounds += 1
                for number in names.indices {
                    let answer = try await client(.get, "/media-v2/assets/asset\(number)/content")
                    got[answer.status, default: 0] += 1
                    #expect(answer.status == 200 ? answer.bytes == Self.inside : answer.status == 404)
                    #expect(!answer.text.contains("canary"))
                    if rounds % 10 == 0 {
                        let heard = try await client(
                            .post, "/audio/semantic-timeline/analyze",
                            json: #"{"asset_id": "asset\#(number)", "force": true}"#)
                        #expect([200, 502].contains(heard.status), "\(heard.text)")
                    }
                }
            }
            #expect(swapper.count >= 3000 && got[200] ?? 0 > 0)
        }
        let forbidden = SHA256.hash(data: Self.canary).map { String(format: "%02x", $0) }.joined()
        #expect(harness.runner.orders.allSatisfy { $0.contentSHA256 != forbidden })
        #expect(!harness.runner.orders.isEmpty)
    }
}
