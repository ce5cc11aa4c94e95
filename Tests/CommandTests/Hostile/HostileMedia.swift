import Foundation

/// Files that a sender who means no good would send, by name. Each is a few kilobytes, but for the bombs.
struct HostileMedia {
    /// A recording that no file here may lead to.
    var canary: String
    /// A port of this machine that nobody may knock at.
    var port: Int

    /// What reads of others, or asks the network, where a reader follows it.
    var references: [(name: String, bytes: [UInt8])] {
        let sources = [
            canary, "file://\(canary)", "file:\(canary)", "concat:\(canary)|\(canary)",
            "subfile,,start,0,end,0,,:\(canary)",
            "http://127.0.0.1:\(port)/a.wav", "tcp://127.0.0.1:\(port)", "rtp://127.0.0.1:\(port)",
            "crypto:\(canary)", "data:audio/wav;base64,UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=",
            "async:\(canary)", "cache:\(canary)", "tee:\(canary)", "unix:\(canary)",
        ]
        var files: [(String, [UInt8])] = []
        for (index, source) in sources.enumerated() {
            for (ending, text) in Self.playlists(of: source) {
                files.append(("list\(index).\(ending)", Array(text.utf8)))
                files.append(("list\(index)-\(ending).wav", Array(text.utf8)))
            }
        }
        files.append(("subtitle.avi", Self.videoWithPlaylist(of: "file://\(canary)")))
        files.append(("subtitle-http.avi", Self.videoWithPlaylist(of: "http://127.0.0.1:\(port)/a.wav")))
        files.append(
            (
                "session.sdp",
                Array("v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio \(port) RTP/AVP 0\n".utf8)
            ))
        return files
    }

    private static func playlists(of source: String) -> [(ending: String, text: String)] {
        [
            (
                "m3u8",
                "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n\(source)\n#EXT-X-ENDLIST\n"
            ),
            ("ffconcat", "ffconcat version 1.0\nfile '\(source)'\n"),
            (
                "mpd",
                """
                <?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S">
                <Period><AdaptationSet mimeType="audio/mp4"><Representation id="a" bandwidth="1"><BaseURL>\(source)</BaseURL>
                </Representation></AdaptationSet></Period></MPD>
                """
            ),
            ("asx", "<asx version=\"3\"><entry><ref href=\"\(source)\"/></entry></asx>"),
            ("pls", "[playlist]\nFile1=\(source)\nNumberOfEntries=1\n"),
        ]
    }

    /// An AVI whose subtitle stream holds a playlist (CVE-2017-9993's form).
    private static func videoWithPlaylist(of source: String) -> [UInt8] {
        let list = Array("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n\(source)\n#EXT-X-ENDLIST\n".utf8)
        let subtitle =
            Array("GAB2\0".utf8) + little(2, 2) + little(2, 4) + [0x78, 0] + little(4, 2) + little(list.count, 4) + list
        let header = chunk("avih", little(40_000, 4) + [UInt8](repeating: 0, count: 52))
        let stream =
            chunk(
                "strh",
                Array("txts".utf8) + [UInt8](repeating: 0, count: 16) + little(1, 4) + little(25, 4)
                    + [UInt8](repeating: 0, count: 28)) + chunk("strf", [])
        return chunk(
            "RIFF",
            Array("AVI ".utf8) + chunk("LIST", Array("hdrl".utf8) + header + chunk("LIST", Array("strl".utf8) + stream))
                + chunk("LIST", Array("movi".utf8) + chunk("00tx", subtitle)))
    }

    /// What says of itself what is not so, or what nothing can be made of: 4000 bytes, at a few hertz many seconds of silence.
    static let lies: [(name: String, bytes: [UInt8])] = {
        let silence = [UInt8](repeating: 0, count: 4000)
        var files: [(String, [UInt8])] = []
        for (index, form) in [
            (0, 48_000, 16), (65, 48_000, 16), (65_535, 48_000, 16), (1, 0, 16), (1, 0xFFFF_FFFF, 16), (1, 768_001, 16),
            (1, 48_000, 0), (1, 48_000, 65_535), (2, 1, 16), (64, 1, 8), (1, 7, 8),
        ].enumerated() {
            files.append(("form\(index).wav", wave(channels: form.0, rate: form.1, bits: form.2, silence)))
        }
        files.append(("codec.wav", wave(channels: 1, rate: 8000, bits: 16, silence, codec: 0xFFFE)))
        files.append(("adpcm.wav", wave(channels: 1, rate: 8000, bits: 4, silence, codec: 2)))
        files.append(("no-samples.wav", wave(channels: 1, rate: 8000, bits: 16, [])))
        files.append(
            ("format-size.wav", Array("RIFF".utf8) + little(-1, 4) + Array("WAVEfmt ".utf8) + little(-1, 4) + silence))
        files.append(("w64.w64", Array("riff".utf8) + [UInt8](repeating: 255, count: 200)))
        files.append(
            (
                "rf64.wav",
                Array("RF64".utf8) + little(-1, 4) + Array("WAVEds64".utf8) + little(28, 4)
                    + [UInt8](repeating: 255, count: 28) + silence
            ))
        files.append(
            (
                "rate.aiff",
                Array("FORM\0\0\u{10}\0AIFFCOMM\0\0\0\u{12}\0\u{1}\0\0\0\u{1}\0\u{10}".utf8)
                    + [0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF] + Array("SSND".utf8) + silence
            ))
        files.append(
            (
                "size.au",
                Array(".snd".utf8) + [
                    0xFF, 0xFF, 0xFF, 0xF0, 255, 255, 255, 255, 0, 0, 0, 3, 255, 255, 255, 255, 0, 0, 0, 255,
                ] + silence
            ))
        files.append(("streaminfo.flac", flac(rate: 655_350, channels: 8, samples: (1 << 36) - 1, frames: 0)))
        files.append(("nothing.flac", flac(rate: 8000, channels: 1, samples: 0, frames: 0)))
        files.append(
            (
                "granule.ogg",
                Array("OggS\0\u{2}".utf8) + [UInt8](repeating: 0x7F, count: 20) + [1, 30]
                    + Array("\u{1}vorbis".utf8) + [UInt8](repeating: 255, count: 23)
            ))
        files.append(("boxes.mp4", box("ftyp", Array("isom\0\0\0\0".utf8)) + nested("moov", depth: 2000)))
        files.append(
            (
                "size.mp4",
                box("ftyp", Array("isom\0\0\0\0".utf8)) + [0, 0, 0, 1] + Array("moov".utf8)
                    + [UInt8](repeating: 255, count: 8) + silence
            ))
        files.append(
            (
                "duration.mp4",
                box("ftyp", Array("isom\0\0\0\0".utf8))
                    + box("moov", box("mvhd", [1, 0, 0, 0] + [UInt8](repeating: 255, count: 108)))
            ))
        files.append(
            (
                "elements.mkv",
                [0x1A, 0x45, 0xDF, 0xA3, 0x80, 0x18, 0x53, 0x80, 0x67]
                    + (0..<2000).flatMap { _ -> [UInt8] in
                        [0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x16, 0x54, 0xAE, 0x6B]
                    }
            ))
        files.append(("tag.mp3", Array("ID3\u{4}\0\0".utf8) + [0x7F, 0x7F, 0x7F, 0x7F] + silence))
        files.append(
            (
                "frames.mp3",
                [0xFF, 0xFB, 0x90, 0x64] + [UInt8](repeating: 0, count: 32) + Array("Xing".utf8)
                    + [0, 0, 0, 3, 255, 255, 255, 255, 255, 255, 255, 255]
            ))
        files.append(("one.wav", [0]))
        files.append(("zeros.mp3", [UInt8](repeating: 0, count: 100_000)))
        files.append(("ones.flac", [UInt8](repeating: 255, count: 100_000)))
        files.append(("page.html", Array("<!doctype html><script>alert(1)</script>".utf8)))
        files.append(("archive.zip", Array("PK\u{3}\u{4}".utf8) + silence))
        files.append(("program", Array("\u{7F}ELF".utf8) + silence))
        files.append(("script.wav", Array("#!/bin/sh\ntouch /tmp/owned\n".utf8)))
        return files
    }()

    /// A hundred hours in less than a megabyte, said so, or said to be a second.
    static func hundredHours(told samples: Int) -> [UInt8] {
        flac(rate: 8000, channels: 1, samples: samples, frames: 100 * 3600 * 8000 / 65_535 + 1)
    }

    // MARK: - Pieces of files

    static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    static func big(_ value: Int, _ count: Int) -> [UInt8] { little(value, count).reversed() }

    static func chunk(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
        Array(name.utf8) + little(bytes.count, 4) + bytes + (bytes.count % 2 == 1 ? [0] : [])
    }

    static func box(_ name: String, _ bytes: [UInt8]) -> [UInt8] { big(bytes.count + 8, 4) + Array(name.utf8) + bytes }

    static func nested(_ name: String, depth: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<depth { bytes = box(name, bytes) }
        return bytes
    }

    static func wave(channels: Int, rate: Int, bits: Int, _ samples: [UInt8], codec: Int = 1) -> [UInt8] {
        let frame = max(1, channels * bits / 8)
        let format =
            little(codec, 2) + little(channels, 2) + little(rate, 4) + little(rate &* frame, 4) + little(frame, 2)
            + little(bits, 2)
        return chunk("RIFF", Array("WAVE".utf8) + chunk("fmt ", format) + chunk("data", samples))
    }

    /// FLAC (RFC 9639) of digital silence, each frame 65 535 samples in a dozen bytes.
    static func flac(rate: Int, channels: Int, samples: Int, frames: Int) -> [UInt8] {
        let form = rate << 44 | (channels - 1) << 41 | 15 << 36 | samples
        var bytes =
            Array("fLaC".utf8) + [0x80] + big(34, 3) + big(65_535, 2) + big(65_535, 2) + [UInt8](repeating: 0, count: 6)
        bytes += big(form, 8) + [UInt8](repeating: 0, count: 16)
        for number in 0..<frames {
            // Block size of 16 bits, rate and width as in the header, one channel.
            var frame: [UInt8] = [0xFF, 0xF8, 0x70, UInt8((channels - 1) << 4)] + coded(number) + big(65_534, 2)
            frame.append(crc8(frame))
            for _ in 0..<channels { frame += [0, 0, 0] }
            bytes += frame + big(crc16(frame), 2)
        }
        return bytes
    }

    /// A frame's number, in UTF-8's manner.
    private static func coded(_ number: Int) -> [UInt8] {
        Unicode.Scalar(UInt32(number)).map { Array(String($0).utf8) } ?? [0]
    }

    private static func crc8(_ bytes: [UInt8]) -> UInt8 {
        bytes.reduce(0) { sum, byte in
            (0..<8).reduce(sum ^ byte) { value, _ in value & 0x80 != 0 ? value << 1 ^ 0x07 : value << 1 }
        }
    }

    private static func crc16(_ bytes: [UInt8]) -> Int {
        bytes.reduce(0) { sum, byte in
            (0..<8).reduce(sum ^ Int(byte) << 8) { value, _ in
                (value & 0x8000 != 0 ? value << 1 ^ 0x8005 : value << 1) & 0xFFFF
            }
        }
    }
}
