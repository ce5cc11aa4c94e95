import Dispatch
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A connection to this machine on which anything can be sent.
final class RawConnection: Sendable {
    private let descriptor: Int32

    /// - Parameter receiveBuffer: bytes that the system takes in for this end; nil leaves it to the system.
    init(port: Int, receiveBuffer: Int32? = nil) throws {
        #if canImport(Glibc)
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { throw Failure(number: errno) }
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        // No test waits longer for bytes than this.
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            let number = errno
            _ = Self.close(descriptor)
            throw Failure(number: number)
        }
    }

    deinit { _ = Self.close(descriptor) }

    struct Failure: Error { var number: Int32 }

    private static func close(_ descriptor: Int32) -> Int32 {
        #if canImport(Glibc)
            Glibc.close(descriptor)
        #elseif canImport(Musl)
            Musl.close(descriptor)
        #else
            Darwin.close(descriptor)
        #endif
    }

    /// Sends bytes; false when the other end has closed.
    @discardableResult
    func send(_ bytes: [UInt8]) async -> Bool {
        await Self.blocking { [descriptor] in Self.send(bytes, to: descriptor) }
    }

    /// Sends the same bytes again and again, with a pause after each, and an end, from a thread that waits for no other test;
    /// false when the other end has closed.
    func send(_ bytes: [UInt8], times: Int, every pause: TimeInterval, end: String) async -> Bool {
        await Self.blocking { [descriptor] in
            for _ in 0..<times {
                guard Self.send(bytes, to: descriptor) else { return false }
                Thread.sleep(forTimeInterval: pause)
            }
            return Self.send(Array(end.utf8), to: descriptor)
        }
    }

    private static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
                #if canImport(Darwin)
                    return Darwin.send(descriptor, rest.baseAddress, rest.count, 0)
                #elseif canImport(Musl)
                    return Musl.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                #else
                    return Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                #endif
            }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) async -> Bool { await send(Array(text.utf8)) }

    /// All that comes until the other end closes, or until `enough` is in it.
    func receive(until enough: String? = nil) async -> String {
        await Self.blocking { [descriptor] in
            var bytes: [UInt8] = []
            var block = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = recv(descriptor, &block, block.count, 0)
                guard count > 0 else { break }
                bytes += block[..<count]
                if let enough, String(decoding: bytes, as: UTF8.self).contains(enough) { break }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private static func blocking<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            // A serial queue has its thread, however much others compute.
            DispatchQueue(label: "connection").async { continuation.resume(returning: body()) }
        }
    }
}
