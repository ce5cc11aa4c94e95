import Foundation
import Library
import NIOHTTP1
import TimelineModel

extension FuzzRegistry {
    /// What the library reads: rows' JSON, names of folders, answers of S3.
    static let libraryTargets: [FuzzTarget] = [
        FuzzTarget("records", tokens: ["2026-11-24T15:04:05.123Z", "created_at", "-262143-01-01T00:00:00.000Z"]) {
            bytes in
            func check<Record: Codable>(_ type: Record.Type) throws -> Bool {
                guard let value = try? TimelineJSON.decode(Record.self, from: Data(bytes)) else { return false }
                try promiseSame(value)
                return true
            }
            let taken = [
                try check(MediaAsset.self), try check(DerivedArtifact.self), try check(JobRecord.self),
                try check(VideoClip.self), try check(VideoTrack.self), try check(VideoSequence.self),
                try check(VideoProject.self), try check(ContentFacts.self),
            ]
            return taken.contains(true)
        },
        FuzzTarget("timestamp", tokens: ["2026-11-24T15:04:05.123Z", "+00:00", "-0001"]) { bytes in
            if let time = try? TimelineJSON.decode([Timestamp].self, from: Data(bytes)).first { try promiseSame(time) }
            guard bytes.count >= 8 else { return false }
            let number = bytes[..<8].reduce(Int64(0)) { $0 << 8 | Int64($1) }
            // Rows hold any number.
            for milliseconds in [number, number >> 16, number >> 24] {
                let time = Timestamp(millisecondsSince1970: milliseconds)
                try promise(!time.text.isEmpty, "\(milliseconds) has no text")
                guard (0..<253_402_300_800_000).contains(milliseconds) else { continue }
                let again = try TimelineJSON.decode([Timestamp].self, from: TimelineJSON.encode([time]))
                try promise(again == [time], "\(milliseconds) ms read as \(again)")
            }
            return true
        },
        .text("folder-name", tokens: ["=", "=2E", "=2F", "+"]) { text in
            let path = FolderName.path(for: text)
            try promise(!path.utf8.contains(UInt8(ascii: ".")) && !path.hasPrefix("/"), "\(text) climbs: \(path)")
            let names = path.split(separator: "/", omittingEmptySubsequences: false)
            try promise(names.allSatisfy { (1...255).contains($0.utf8.count) }, "a name of \(text) is too long")
            let joined = names.dropLast().map { $0.dropLast() }.joined() + (names.last ?? "")
            try promise(
                FolderName.text(of: joined).map { Array($0.utf8) } == Array(text.utf8), "\(path) is not \(text)")
            if let back = FolderName.text(of: text) {
                let again = FolderName.path(for: back).replacing("+/", with: "")
                try promise(again == text, "\(text) and \(again) are both of \(back)")
            }
            return true
        },
        .text("column-text") { text in
            let column = ColumnText.encode(text)
            try promise(!column.utf8.contains(0), "a column's text has a NUL")
            try promise(Array(ColumnText.decode(column).utf8) == Array(text.utf8), "a column's text reads as another")
            _ = ColumnText.decode(text)
            return true
        },
        .text("s3-location", tokens: ["s3://", "?endpoint=http://127.0.0.1:9000", "&region=", "addressing=virtual"]) {
            text in
            let environment = [
                "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-central-1",
            ]
            if let parts = S3SourceReader.parts(text) {
                let again = ["s3://\(parts.bucket)", "s3://\(parts.bucket)/\(parts.key)"]
                try promise(again.contains { $0.utf8.elementsEqual(text.utf8) }, "\(text) has the parts \(parts)")
                let climbs = parts.key.utf8.split(separator: UInt8(ascii: "/"))
                    .contains { $0.elementsEqual("..".utf8) || $0.elementsEqual(".".utf8) }
                try promise(S3Location.climbs(parts.key) == climbs, "whether \(text) climbs")
            }
            let location = try? S3Location(text, environment: environment)
            if let location {
                try promise(location.host.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "the host of \(text)")
                let path = location.path(of: location.prefix).utf8.split(separator: UInt8(ascii: "/"))
                try promise(!path.contains { $0.elementsEqual("..".utf8) }, "the path of \(text) climbs")
                let again = try S3Location(location.description, environment: environment)
                try promise(
                    again.bucket == location.bucket && again.prefix == location.prefix, "\(text) reads otherwise")
            }
            var variables = environment
            variables["AWS_ENDPOINT_URL"] = text
            variables["AWS_REGION"] = text
            return (try? S3Location("s3://bucket/prefix", environment: variables)) != nil || location != nil
        },
        FuzzTarget(
            "s3-document", tokens: ["<Error><Code>", "<!DOCTYPE a [<!ENTITY b \"c\">]>", "&b;", "xmlns=", "<![CDATA["]
        ) {
            bytes in
            guard let document = try? S3Document(bytes) else { return false }
            if let code = document.errorCode { try promise(code.utf8.allSatisfy { $0 < 128 }, "the code \(code)") }
            for entry in document.children.prefix(100) {
                _ = entry.text("LastModified").flatMap(S3Date.extended)
            }
            _ = document.text("NextContinuationToken")
            return true
        },
        .text("s3-date", tokens: ["Fri, 24 May 2013 00:00:00 GMT", "2009-10-12T17:50:30.000Z"]) { text in
            guard let time = S3Date.http(text) ?? S3Date.extended(text) else { return false }
            let basic = S3Date.basic(time)
            try promise(basic.utf8.count == 16, "\(text) is written \(basic)")
            return true
        },
        .text("s3-headers", tokens: ["etag", "content-length", "last-modified", "date", "\"abc\""]) { text in
            var headers = HTTPHeaders()
            for line in text.split(separator: "\n").prefix(32) {
                let sides = line.split(separator: ":", maxSplits: 1)
                // The reader of the wire gives no other names.
                guard let name = sides.first, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { continue }
                headers.add(name: String(name), value: sides.count > 1 ? String(sides[1]) : "")
            }
            guard let object = try? S3Object(headers) else { return false }
            try promise(object.sizeBytes >= 0, "a size of \(object.sizeBytes)")
            _ = object.stamp
            return true
        },
    ]
}
