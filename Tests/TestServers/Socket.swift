import Foundation

/// Constants that systems type differently.
package enum Socket {
    #if os(Linux)
        package static let stream = Int32(SOCK_STREAM.rawValue)
        package static let noSignal = Int32(MSG_NOSIGNAL)
        package static let both = Int32(SHUT_RDWR)
    #else
        package static let stream = SOCK_STREAM
        package static let noSignal: Int32 = 0
        package static let both = SHUT_RDWR
    #endif
}
