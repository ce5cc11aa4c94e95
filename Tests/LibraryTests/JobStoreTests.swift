import Library
import Testing
import TimelineModel

@Suite("Stores of jobs") struct JobStoreTests {
    private func ended(_ id: String, _ state: JobState, at milliseconds: Int64?) -> JobRecord {
        var job = Sample.job(id)
        job.state = state
        job.finishedAt = milliseconds.map(Timestamp.init(millisecondsSince1970:))
        return job
    }

    @Test("a job comes back as it was inserted and updated", arguments: DatabaseBackend.allCases)
    func roundTrip(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            var job = Sample.job("j")
            job.userID = "u"
            try await store.insert(job)
            #expect(try await store.job("j", in: Sample.scope) == job)
            job.state = .failed
            job.stage = "speech"
            job.progress = 0.625
            job.attempts = 3
            job.startedAt = Timestamp(millisecondsSince1970: 1)
            job.finishedAt = Timestamp(millisecondsSince1970: .max)
            job.result = .null
            job.error = .object(Sample.meta)
            job.request = .array([.integer(1)])
            try await store.update(job)
            #expect(try await store.job("j", in: Sample.scope) == job)
            #expect(try await store.job("none", in: Sample.scope) == nil)
        }
    }

    @Test("an id is taken once in a scope", arguments: DatabaseBackend.allCases)
    func conflict(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await store.insert(Sample.job("j"))
            await expectFailure(.conflict) { try await store.insert(Sample.job("j")) }
            try await store.insert(Sample.job("j", in: Sample.otherEnv))
        }
    }

    @Test("an update of a job that is gone changes nothing", arguments: DatabaseBackend.allCases)
    func updateOfNothing(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await store.insert(Sample.job("j"))
            try await store.update(ended("gone", .done, at: 5))
            #expect(try await store.job("gone", in: Sample.scope) == nil)
            #expect(try await store.job("j", in: Sample.scope) == Sample.job("j"))
        }
    }

    @Test("jobs that did not end are found in all scopes, oldest first", arguments: DatabaseBackend.allCases)
    func unfinished(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await store.insert(Sample.job("z"))
            try await store.insert(ended("done", .done, at: 1))
            try await store.insert(ended("running", .running, at: nil))
            try await store.insert(ended("failed", .failed, at: 1))
            try await store.insert(Sample.job("a", in: Sample.otherTenant))
            try await store.insert(ended("cancelled", .cancelled, at: 1))
            let jobs = try await store.unfinishedJobs()
            #expect(jobs.map(\.id) == ["z", "running", "a"])
            #expect(jobs.map(\.scope) == [Sample.scope, Sample.scope, Sample.otherTenant])
        }
    }

    @Test("only jobs that ended before a moment are removed", arguments: DatabaseBackend.allCases)
    func removal(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await store.insert(ended("old", .done, at: 999))
            try await store.insert(ended("older", .cancelled, at: 5))
            try await store.insert(ended("oldest", .failed, at: -5))
            try await store.insert(ended("new", .done, at: 1000))
            try await store.insert(ended("odd", .running, at: 5))
            try await store.insert(ended("waiting", .queued, at: nil))
            #expect(try await store.removeJobs(finishedBefore: Timestamp(millisecondsSince1970: 1000)) == 3)
            for id in ["old", "older", "oldest"] { #expect(try await store.job(id, in: Sample.scope) == nil) }
            for id in ["new", "odd", "waiting"] { #expect(try await store.job(id, in: Sample.scope) != nil) }
            #expect(try await store.removeJobs(finishedBefore: Timestamp(millisecondsSince1970: 1000)) == 0)
        }
    }
}
