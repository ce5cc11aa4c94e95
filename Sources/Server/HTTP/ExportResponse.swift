import HTTPTypes
import Hummingbird
import NIOCore

/// An answer in a form that other programs read.
enum ExportResponse {
    /// - Parameter fileName: what a browser saves it as; of identifier characters only. nil where it is shown.
    static func make(_ bytes: [UInt8], mediaType: String, fileName: String? = nil) -> Response {
        var headers: HTTPFields = [.contentType: mediaType]
        if let fileName { headers[.contentDisposition] = "attachment; filename=\"\(fileName)\"" }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
