import Foundation
import Synchronization
import TestServers

/// A server on loopback that answers as a test says, also in ways that no real one would.
final class ScriptedServer: Sendable {
    enum Answer: Sendable {
        /// Sends this and closes the connection.
        case text(String)
        /// Sends this and says nothing more.
        case hanging(String)

        /// An answer as it should be.
        static func answer(_ status: String, _ headers: [String] = [], _ body: String = "") -> Answer {
            let lines = ["HTTP/1.1 \(status)", "Connection: close", "Content-Length: \(body.utf8.count)"] + headers
            return .text(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        }

        /// An object, or a part of one.
        static func object(_ body: String, range: String? = nil, status: String? = nil) -> Answer {
            let headers = ["ETag: \"tag\"", "Last-Modified: Fri, 24 May 2013 00:00:00 GMT"]
            return .answer(
                status ?? (range == nil ? "200 OK" : "206 Partial Content"),
                headers + (range.map { ["Content-Range: bytes \($0)"] } ?? []), body)
        }
    }

    struct Request: Sendable {
        /// `GET /bucket/key?query`
        let line: String
        /// By name in lower case.
        let headers: [String: String]
        let body: String
    }

    struct Failure: Error {}

    let port: Int
    private let listener: Int32
    private let requestsMade = Mutex<[Request]>([])
    private let connections = Mutex<[Int32]>([])

    /// All requests until now.
    var requests: [Request] { requestsMade.withLock(\.self) }

    /// - Parameter answer: is given a request and how many came before.
    init(_ answer: @escaping @Sendable (Request, Int) -> Answer) throws {
        let listener = socket(AF_INET, Socket.stream, 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound else { throw Failure() }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                guard let self else {
                    close(connection)
                    return
                }
                self.connections.withLock { $0.append(connection) }
                Thread.detachNewThread { [weak self] in self?.serve(connection, answer) }
            }
        }
    }

    deinit {
        shutdown(listener, Socket.both)
        close(listener)
        for connection in connections.withLock(\.self) { shutdown(connection, Socket.both) }
    }

    private func serve(_ connection: Int32, _ answer: (Request, Int) -> Answer) {
        guard let request = Self.read(connection) else { return end(connection) }
        let index = requestsMade.withLock { requests in
            requests.append(request)
            return requests.count - 1
        }
        switch answer(request, index) {
        case .text(let text):
            Self.write(text, connection)
            end(connection)
        case .hanging(let text): Self.write(text, connection)
        }
    }

    private func end(_ connection: Int32) {
        connections.withLock { $0.removeAll { $0 == connection } }
        close(connection)
    }

    private static func write(_ text: String, _ connection: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Socket.noSignal) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    private static func read(_ connection: Int32) -> Request? {
        var received: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        let more = {
            let count = recv(connection, &block, block.count, 0)
            if count > 0 { received += block[..<count] }
            return count > 0
        }
        let ending = Array("\r\n\r\n".utf8)
        var head: Range<Int>?
        repeat {
            guard more() else { return nil }
            head = received.firstRange(of: ending)
        } while head == nil
        guard let head else { return nil }
        let lines = String(decoding: received[..<head.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let sides = line.split(separator: ":", maxSplits: 1)
            if sides.count == 2 { headers[sides[0].lowercased()] = sides[1].trimmingCharacters(in: .whitespaces) }
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        while received.count < head.upperBound + length {
            guard more() else { return nil }
        }
        return Request(
            line: lines.first ?? "", headers: headers,
            body: String(decoding: received[head.upperBound...], as: UTF8.self))
    }
}
