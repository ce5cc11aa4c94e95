import NIOCore
import Server
import Testing

@Suite("Forms that arrive in pieces", .timeLimit(.minutes(3)))
struct MultipartReaderTests {
    /// A form with a preamble, an epilogue, padding, an empty part, line ends and near misses.
    static let body = Array(
        """
        preamble\r
        --bnd-x\r
        --bndx\r
        --bnd \t\r
        Content-Disposition: form-data; name="title"\r
        \r
        A \r--bnd\r\n-\r\n--bn\r\n--bndd\r\n--bnd \r \r\n--bnd-\r\r
        --bnd\r
        content-disposition: form-data; name=empty\r
        X-Other: 1\r
        \r
        \r
        --bnd\r
        Content-Type:  audio/wav \r
        Content-Disposition: form-data; name="file"; filename="a \\"b\\" ö.wav"\r
        \r
        \r
        \r
        --bnd--\r
        --bnd\r
        epilogue
        """.utf8)
    static let parts = [
        ReceivedPart(MultipartPart(name: "title"), "A \r--bnd\r\n-\r\n--bn\r\n--bndd\r\n--bnd \r \r\n--bnd-\r"),
        ReceivedPart(MultipartPart(name: "empty"), ""),
        ReceivedPart(MultipartPart(name: "file", fileName: "a \"b\" ö.wav", contentType: "audio/wav"), "\r\n"),
    ]

    @Test("A form may be cut in two anywhere")
    func everySplit() async throws {
        for index in 0...Self.body.count {
            let buffers = [ByteBuffer(bytes: Self.body[..<index]), ByteBuffer(bytes: Self.body[index...])]
            #expect(try await receivedParts(buffers) == Self.parts, "cut at \(index)")
        }
    }

    @Test("A form may come in buffers of any size", arguments: [1, 2, 3, 5, 7, 64, 10_000])
    func buffers(size: Int) async throws {
        #expect(try await receivedParts(Self.body.cut { size }) == Self.parts)
    }

    @Test("Random parts arrive as they were sent, however they are cut")
    func random() async throws {
        let alphabet = Array("\r\n\r\n--bndx ".utf8)
        for round in 0..<2000 {
            var body = Array(round.isMultiple(of: 2) ? "".utf8 : "pre\r\n--bn\r\n".utf8)
            var expected: [ReceivedPart] = []
            for index in 0..<Int.random(in: 0...4) {
                var data = (0..<Int.random(in: 0...60)).compactMap { _ in alphabet.randomElement() }
                // The delimiter must not be in the data, all else may.
                while let place = (Array("\r\n".utf8) + data).firstIndex(of: Array("\r\n--bnd".utf8)) {
                    data.insert(UInt8(ascii: "!"), at: place + 2)
                }
                body += Array("--bnd\r\nContent-Disposition: form-data; name=\"f\(index)\"\r\n\r\n".utf8) + data
                body += Array("\r\n".utf8)
                expected.append(ReceivedPart(MultipartPart(name: "f\(index)"), data))
            }
            body += Array("--bnd--".utf8)
            #expect(try await receivedParts(body.cut { Int.random(in: 0...20) }) == expected)
        }
    }

    @Test(
        "Lines that only look like the boundary are data",
        arguments: [
            "\r\n--bn", "\r\n--bnx", "\r\n-bnd\r\n", "\n--bnd\r\n", "\r--bnd\r\n", "\r\n --bnd\r\n", "\r\n--BND\r\n",
            "\r\n--bndd\r\n", "\r\n--bnd-\r\n", "\r\n--bnd -", "\r\n--bnd --", "\r\n--bnd\n", "\r\n--bnd\r\r\n",
            "\r\n--bnd\tx\r\n", "\r\r\n", "\r\n\r\n", "\r\n--", "--", "-", "\r", "\n", "\r\n---bnd\r\n",
            "\r\n--bnd" + String(repeating: " ", count: 300) + "\r\n",
        ])
    func nearMiss(data: String) async throws {
        for size in [1, 2, 3, 1000] {
            let body = Array("--bnd\r\n\r\n\(data)\r\n--bnd--".utf8)
            #expect(
                try await receivedParts(body.cut { size }) == [ReceivedPart(MultipartPart(name: nil), data)])
        }
    }

    @Test(
        "Forms with little in them",
        arguments: [
            ("--bnd--", []), ("\r\n--bnd--", []), ("x\r\n--bnd--junk", []),
            ("--bnd\r\n\r\n--bnd--", [""]), ("--bnd\r\n\r\n\r\n--bnd--", [""]),
            ("--bnd\r\n\r\n--bnd\r\n\r\n--bnd--", ["", ""]), ("--bnd\r\n\r\nx\r\n--bnd--", ["x"]),
        ] as [(String, [String])])
    func small(body: String, data: [String]) async throws {
        let expected = data.map { ReceivedPart(MultipartPart(name: nil), $0) }
        for size in [1, 1000] {
            #expect(try await receivedParts(Array(body.utf8).cut { size }) == expected)
        }
    }

    @Test("Chunks are the buffers' own pieces, whatever lines are in them")
    func chunks() async throws {
        let data = String(repeating: "line\r\n--bndx\r\n", count: 1000)
        let bodies = ["--bnd\r\n\r\n", data, data, "\r\n--bnd--"]
        var reader = MultipartReader(BufferSequence(buffers: bodies.map { ByteBuffer(string: $0) }), boundary: "bnd")
        _ = try await reader.nextPart()
        var sizes: [Int] = []
        while let chunk = try await reader.nextChunk() { sizes.append(chunk.readableBytes) }
        // The last line end may belong to the delimiter.
        #expect(sizes == [13_998, 2, 13_998, 2])
        #expect(try await reader.nextChunk() == nil)
        #expect(try await reader.nextPart() == nil)
    }

    @Test("Parts that are not read are skipped, there is no chunk before the first and after the last")
    func skipping() async throws {
        var reader = MultipartReader(BufferSequence(buffers: Self.body.cut { 3 }), boundary: "bnd")
        #expect(try await reader.nextChunk() == nil)
        #expect(try await reader.nextPart()?.name == "title")
        #expect(try await reader.nextChunk() != nil)
        #expect(try await reader.nextPart()?.name == "empty")
        #expect(try await reader.nextPart()?.name == "file")
        #expect(try await reader.nextPart() == nil)
        #expect(try await reader.nextChunk() == nil)
        #expect(try await reader.nextPart() == nil)
    }

    @Test("A part is collected up to a limit; one that is longer can be skipped")
    func collecting() async throws {
        for size in [1, 4, 1000] {
            let body = Array("--bnd\r\n\r\nabcdef\r\n--bnd\r\n\r\nabcdef\r\n--bnd\r\n\r\n\r\n--bnd--".utf8)
            var reader = MultipartReader(BufferSequence(buffers: body.cut { size }), boundary: "bnd")
            _ = try await reader.nextPart()
            #expect(try await String(buffer: reader.collect(upTo: 6)) == "abcdef")
            _ = try await reader.nextPart()
            let error = await #expect(throws: MultipartError.self) { try await reader.collect(upTo: 5) }
            #expect(error?.code == .fieldTooLong)
            #expect(try await reader.nextPart() != nil)
            #expect(try await reader.collect(upTo: 0).readableBytes == 0)
        }
    }

    @Test("A buffer that is not empty when collecting begins does not change under its owner")
    func sharing() async throws {
        let first = ByteBuffer(string: "--bnd\r\n\r\nabc")
        var reader = MultipartReader(
            BufferSequence(buffers: [first, ByteBuffer(string: "def\r\n--bnd--")]), boundary: "bnd")
        _ = try await reader.nextPart()
        #expect(try await String(buffer: reader.collect(upTo: 10)) == "abcdef")
        #expect(String(buffer: first) == "--bnd\r\n\r\nabc")
    }
}
