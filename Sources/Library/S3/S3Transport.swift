import AsyncHTTPClient
import NIOCore
import Synchronization

/// Connections to S3, of one store. Shut down with the last reference when nobody did it before.
final class S3Transport: Sendable {
    private let client: HTTPClient
    private let isOpen = Mutex(true)
    /// How far the server's clock is ahead of ours, in milliseconds, as far as signatures care.
    private let clockLeadMs = Mutex<Int64>(0)

    init(retries: S3Retries) {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(
            connect: TimeAmount(retries.connectTimeout), read: TimeAmount(retries.readTimeout),
            write: TimeAmount(retries.readTimeout))
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
        // We try again ourselves, and know how long it makes sense.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        guard isOpen.withLock(\.self) else { return }
        // Nobody waits for this: connections that are left open are closed in the background.
        Task.detached { [client] in try? await client.shutdown() }
    }

    /// Closes all connections; requests fail from here on.
    func close() async {
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if wasOpen { try? await client.shutdown() }
    }

    /// The moment to sign requests with.
    var now: Timestamp {
        Timestamp(millisecondsSince1970: Timestamp.now.millisecondsSince1970 + clockLeadMs.withLock(\.self))
    }

    /// Goes by the server's clock from now on, if it is far from the one that was gone by: servers take signatures for a
    /// quarter of an hour.
    ///
    /// - Returns: whether it was far.
    func adopt(clockLeadMs lead: Int64) -> Bool {
        clockLeadMs.withLock { known in
            guard abs(lead - known) > 120_000 else { return false }
            known = lead
            return true
        }
    }

    /// Makes a request once.
    ///
    /// - Throws: ``S3Failure`` without an answer; `CancellationError`.
    func execute(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        do {
            return try await client.execute(request, deadline: .distantFuture)
        } catch {
            throw Self.failure(error)
        }
    }

    /// What an error of the client means.
    static func failure(_ error: any Error) -> any Error {
        if Task.isCancelled { return CancellationError() }
        switch error {
        case is S3Failure, is CancellationError: return error
        case let error as HTTPClientError:
            let lasting: [HTTPClientError] = [.alreadyShutdown, .cancelled, .invalidURL, .emptyHost, .emptyScheme]
            return S3Failure(transport: error.shortDescription, isTransient: !lasting.contains(error))
        case let error as IOError: return S3Failure(transport: "connection failed, errno \(error.errnoCode)")
        // Other errors may name the host.
        default: return S3Failure(transport: "connection failed: \(type(of: error))")
        }
    }
}

extension TimeAmount {
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .seconds(seconds) + .nanoseconds(attoseconds / 1_000_000_000)
    }
}
