import Foundation
import TestSupport
import Testing
import TimelineModel

/// The page that a running service has at `/`, used in a browser.
@Suite(
    "The service's page in a browser",
    .enabled(if: Browser.isInstalled && Installed.ffmpeg && Installed.whisper, "needs Chromium, axe, ffmpeg, a model"),
    .serialized, .timeLimit(.minutes(20)))
struct ServicePageTests {
    /// What the script saw; the names are its own.
    private struct Seen: Decodable {
        var progress: [Double]
        var title: String
        var address: String
        var counts: [String: Int]?
        var played: Double?
        var waveform: Bool
        var trouble: String
        var listed: [String]
        var axe: [String: [[JSONValue]]]?
        var outside: [String]
        var errors: [String]

        var isAccessible: Bool { (axe?["serious"] ?? []).isEmpty && (axe?["critical"] ?? []).isEmpty }
    }

    private func elements(_ value: JSONValue?) -> [JSONValue] {
        if case .array(let elements) = value { elements } else { [] }
    }

    private func look(_ server: CuelineServer, _ options: String...) async throws -> Seen {
        let data = try await Browser.ask("service_check.py", ["http://127.0.0.1:\(server.port)/"] + options)
        let seen = try JSONDecoder().decode(Seen.self, from: data)
        #expect(seen.outside == [] && seen.errors == [])
        return seen
    }

    @Test("A recording is sent, its job is watched, its timeline plays; it is listed, and nobody else sees it")
    func fromFileToTimeline() async throws {
        try await withTemporaryFolder { folder in
            let (_, status) = try await CuelineServer.run(library: folder + "/library") { server in
                let first = try await look(
                    server, "--tenant", "t1", "--env", "dev", "--file", Fixture.recording, "--axe", Browser.axe)
                #expect(first.trouble == "" && first.listed == [])
                #expect(first.title == "harbour.flac")
                #expect(first.progress.count > 1 && first.progress == first.progress.sorted(), "\(first.progress)")
                #expect(first.counts?["speech"] == 4 && first.counts?["music"] == 2)
                #expect(first.waveform && (first.played ?? 0) > 1)
                #expect(first.isAccessible, "\(first.axe ?? [:])")
                let assets = elements(try await server.curl("/media-v2/assets")["assets"])
                let asset = try #require(assets.first?.members?["id"]?.text)
                let artifacts = elements(try await server.curl("/media-v2/assets/\(asset)")["artifacts"])
                let artifact = try #require(artifacts.first?.members?["id"]?.text)
                #expect(first.address.contains("#tenant=t1&env=dev&artifact=\(artifact)"))

                let again = try await look(server, "--tenant", "t1", "--env", "dev", "--artifact", artifact)
                #expect(again.counts == first.counts && again.title == "harbour.flac" && again.waveform)
                let listing = try await look(server, "--tenant", "t1", "--env", "dev")
                #expect(listing.listed == ["harbour.flac"] && listing.counts == nil)
                // Another tenant, and one that there is not: the same words.
                let stranger = try await look(server, "--tenant", "t2", "--env", "dev", "--artifact", artifact)
                let nothing = try await look(server, "--tenant", "t2", "--env", "dev", "--artifact", "art_nothing")
                #expect(stranger.counts == nil && stranger.trouble.contains("timeline_not_found"))
                #expect(stranger.trouble == nothing.trouble)
                #expect(try await look(server, "--tenant", "t2", "--env", "dev").listed == [])
            }
            #expect(status == 0)
        }
    }

    @Test("With a key, the token that is entered says who asks; a job is stopped; a file that is no media is named")
    func tokensAndStopping() async throws {
        try await withTemporaryFolder { folder in
            let key = "a key of thirty-two bytes or more"
            let made = try await CuelineProcess.run(
                ["token", "--tenant", "t1", "--env", "dev"], environment: ["CUELINE_AUTH_KEY": key])
            let token = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(token.split(separator: ".").count == 3, "\(made)")
            try Data("no media".utf8).write(to: URL(filePath: folder + "/text.mp3"))
            let environment = ["CUELINE_AUTH_KEY": key]
            let (_, status) = try await CuelineServer.run(library: folder + "/library", environment: environment) {
                server in
                let refused = try await look(server, "--tenant", "t1", "--env", "dev", "--axe", Browser.axe)
                #expect(refused.trouble.contains("auth.required") && refused.isAccessible)
                let stopped = try await look(server, "--token", token, "--file", Fixture.recording, "--stop")
                #expect(stopped.trouble == "Stopped." && stopped.counts == nil)
                let wrong = try await look(server, "--token", token, "--file", folder + "/text.mp3")
                #expect(wrong.trouble.contains("unsupported") && wrong.counts == nil)
                let opened = try await look(server, "--token", token)
                #expect(opened.listed == ["text.mp3", "harbour.flac"] && !opened.address.contains("token"))
            }
            #expect(status == 0)
        }
    }
}
