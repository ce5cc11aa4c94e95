import NIOCore
import Server
import Testing

@Suite("Forms that break the rules", .timeLimit(.minutes(3)))
struct MultipartRefusalTests {
    private static let disposition = "--bnd\r\nContent-Disposition: "

    @Test(
        "What is wrong is told by a code, again and again",
        arguments: [
            ("", .incomplete), ("preamble", .incomplete), ("--bnd", .incomplete), ("--bnd-", .incomplete),
            ("--bnd\r\n", .incomplete), ("--bnd\r\nContent-Type: a", .incomplete), ("--bnd\r\n\r\ndata", .incomplete),
            ("--bnd\r\n\r\ndata\r\n--bnd\r\n", .incomplete), ("--bnd\r\n\r\ndata\r\n--bnd", .incomplete),
            ("--other\r\n\r\ndata\r\n--other--", .incomplete), ("--bnd\n\ndata\n--bnd--\n", .incomplete),
            ("--bnd\r\n--bnd--\r\n\r\n", .malformed), ("--bnd\r\nno colon\r\n\r\n", .malformed),
            ("--bnd\r\n: x\r\n\r\n", .malformed), ("--bnd\r\nName : x\r\n\r\n", .malformed),
            ("--bnd\r\n folded: x\r\n\r\n", .malformed), ("--bnd\r\nA: x\nB: y\r\n\r\n", .malformed),
            ("--bnd\r\nA: x\ry\r\n\r\n", .malformed), ("--bnd\r\nA: x\u{0}\r\n\r\n", .malformed),
            (disposition + "form-data; name=\"a\r\n\r\n", .malformed),
            (disposition + "form-data; name=\r\n\r\n", .malformed), (disposition + "form-data; =a\r\n\r\n", .malformed),
            (disposition + "form-data; name\r\n\r\n", .malformed), (disposition + "\r\n\r\n", .malformed),
            (disposition + "form-data; name=a b\r\n\r\n", .malformed),
            (disposition + "form-data; name=\"a\"b\r\n\r\n", .malformed),
            (disposition + "form-data; name=a; NAME=b\r\n\r\n", .malformed),
            (disposition + "form-data; name=a\r\nContent-Disposition: form-data\r\n\r\n", .malformed),
            ("--bnd\r\nA: " + String(repeating: "a", count: 17_000) + "\r\n\r\n", .headersTooLong),
            ("--bnd\r\n" + String(repeating: "A: b\r\n", count: 4000) + "\r\n", .headersTooLong),
            (String(repeating: "--bnd\r\n\r\n\r\n", count: 65) + "--bnd--", .tooManyParts),
        ] as [(String, MultipartError.Code)])
    func refused(body: String, code: MultipartError.Code) async throws {
        for size in [1, 1000, 100_000] {
            var reader = MultipartReader(BufferSequence(buffers: Array(body.utf8).cut { size }), boundary: "bnd")
            let error = await #expect(throws: MultipartError.self) { while try await reader.nextPart() != nil {} }
            #expect(error?.code == code)
            let again = await #expect(throws: MultipartError.self) { try await reader.nextPart() }
            #expect(again == error)
            await #expect(throws: MultipartError.self) { try await reader.nextChunk() }
        }
    }

    @Test("64 parts and 16 KiB of headers are not too many")
    func limits() async throws {
        let parts = String(repeating: "--bnd\r\n\r\n\r\n", count: 64) + "--bnd--"
        #expect(try await receivedParts([ByteBuffer(string: parts)]).count == 64)
        let headers = "A: " + String(repeating: "a", count: 16_384 - 7) + "\r\n\r\n"
        #expect(headers.utf8.count == 16_384)
        #expect(try await receivedParts([ByteBuffer(string: "--bnd\r\n" + headers + "\r\n--bnd--")]).count == 1)
        let longer = "--bnd\r\nA" + headers + "\r\n--bnd--"
        await #expect(throws: MultipartError.self) { try await receivedParts([ByteBuffer(string: longer)]) }
    }

    @Test("What the body throws comes through, again and again")
    func failingBody() async throws {
        struct Failure: Error {}
        let stream = AsyncThrowingStream<ByteBuffer, any Error> { continuation in
            continuation.yield(ByteBuffer(string: "--bnd\r\n\r\ndata"))
            continuation.finish(throwing: Failure())
        }
        var reader = MultipartReader(stream, boundary: "bnd")
        _ = try await reader.nextPart()
        #expect(try await reader.nextChunk() == ByteBuffer(string: "data"))
        await #expect(throws: Failure.self) { try await reader.nextChunk() }
        await #expect(throws: Failure.self) { try await reader.nextPart() }
    }

    @Test(
        "The properties of a part",
        arguments: [
            (#"form-data; name="a""#, "a", nil), (#"form-data; name=a"#, "a", nil), ("form-data", nil, nil),
            (#"Form-Data;NAME="a";FileName="b.wav";"#, "a", "b.wav"), (#"form-data; ; name="""#, "", nil),
            (#"form-data; name="a;b=c"; filename="x\"y\\z""#, "a;b=c", #"x"y\z"#),
            (#"form-data; name="file"; filename="C:\music\a.wav""#, "file", #"C:\music\a.wav"#),
            (#"form-data; name="a"; filename*=UTF-8''%c3%b6.wav"#, "a", nil),
            (#"form-data; name="ö"; filename="🎧""#, "ö", "🎧"), (#"attachment; name="a""#, nil, nil),
            ("form-data;\r\n\tname=\"a\";\r\n filename=b", "a", "b"),
        ] as [(String, String?, String?)])
    func properties(disposition: String, name: String?, fileName: String?) async throws {
        let body = Self.disposition + disposition + "\r\n\r\ndata\r\n--bnd--"
        #expect(
            try await receivedParts([ByteBuffer(string: body)])
                == [ReceivedPart(MultipartPart(name: name, fileName: fileName), "data")])
    }

    @Test(
        "The boundary of a content type",
        arguments: [
            ("multipart/form-data; boundary=abc", "abc"), ("Multipart/Form-Data;Boundary=\"a b\"", "a b"),
            ("multipart/form-data; charset=utf-8; boundary=----WebKitFormBoundary7MA4", "----WebKitFormBoundary7MA4"),
            ("multipart/form-data; boundary=\"'()+_,-./:=? x\"", "'()+_,-./:=? x"),
            ("multipart/form-data; boundary=a/b:c", "a/b:c"),
            ("multipart/form-data; boundary=" + String(repeating: "x", count: 70), String(repeating: "x", count: 70)),
        ])
    func boundary(contentType: String, boundary: String) throws {
        #expect(try MultipartReader<BufferSequence>.boundary(of: contentType) == boundary)
    }

    @Test(
        "A content type without a usable boundary is malformed",
        arguments: [
            "", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
            "multipart/form-data; boundary=\"abc", "multipart/form-data; boundary=\"abc \"",
            "multipart/form-data; boundary=\"a\r\nb\"", "multipart/form-data; boundary=ä", "application/json",
            "multipart/mixed; boundary=abc", "multipart/form-data boundary=abc", "; boundary=abc",
            "multipart/form-data; boundary=a; boundary=b", "multipart/form-data; boundary=a, multipart/form-data",
            "multipart/form-data; boundary=" + String(repeating: "x", count: 71),
        ])
    func noBoundary(contentType: String) {
        let error = #expect(throws: MultipartError.self) {
            try MultipartReader<BufferSequence>.boundary(of: contentType)
        }
        #expect(error?.code == .malformed)
    }

    @Test("Random bytes never trap")
    func random() async throws {
        let alphabet = ["\r\n", "\r", "\n", "-", "--bnd", "--bnd\r\n", "--bnd--", " ", ":", ";", "=", "\"", "\\", "a"]
        let headers = ["Content-Disposition:", "Content-Type:", "form-data", "name=", "\r\n\r\n", "\u{0}", "ö"]
        for round in 0..<10_000 {
            var body: [UInt8] = []
            for _ in 0..<Int.random(in: 0...40) {
                if round.isMultiple(of: 2) {
                    body += Array((alphabet + headers).randomElement()?.utf8 ?? "".utf8)
                } else {
                    body.append(UInt8.random(in: 0...255))
                }
            }
            do {
                _ = try await receivedParts(body.cut { Int.random(in: 1...20) })
            } catch {
                #expect(error is MultipartError)
            }
            _ = try? MultipartReader<BufferSequence>.boundary(of: String(decoding: body, as: UTF8.self))
        }
    }
}
