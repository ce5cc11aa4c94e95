/// What the headers of a form's part say.
package struct MultipartPart: Sendable, Hashable {
    /// The field's name.
    package let name: String?
    /// The file's name as the client gives it: not to be used as a path.
    package let fileName: String?
    /// The media type as the client gives it.
    package let contentType: String?

    /// A part of these properties.
    package init(name: String?, fileName: String? = nil, contentType: String? = nil) {
        self.name = name
        self.fileName = fileName
        self.contentType = contentType
    }

    /// Reads header lines.
    ///
    /// - Parameter block: Lines that end in CRLF each, the last one empty.
    /// - Throws: ``MultipartError`` `malformed`.
    init(headerBlock block: [UInt8]) throws(MultipartError) {
        var disposition: HeaderParameters?
        var contentType: String?
        for line in try Self.lines(of: block) {
            let name = line.prefix(while: \.isTokenCharacter)
            let value = line.dropFirst(name.count)
            guard !name.isEmpty, value.first == UInt8(ascii: ":") else {
                throw MultipartError(.malformed, "a header line of a part has no name")
            }
            switch String(decoding: name, as: UTF8.self).lowercased() {
            case "content-disposition":
                guard disposition == nil, let header = HeaderParameters(value.dropFirst()) else {
                    throw MultipartError(.malformed, "the Content-Disposition of a part is malformed")
                }
                disposition = header
            case "content-type":
                contentType = String(decoding: value.dropFirst().trimmingBlanks(), as: UTF8.self)
            default: break
            }
        }
        let isFormData = disposition?.value == "form-data"
        self.init(
            name: isFormData ? disposition?["name"] : nil,
            fileName: isFormData ? disposition?["filename"] : nil,
            contentType: contentType)
    }

    /// The lines without their ends, and without the empty one; folded ones (RFC 5322, section 2.2.3) in one piece.
    private static func lines(of block: [UInt8]) throws(MultipartError) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        for var line in block.split(separator: 0x0A) {
            guard line.popLast() == 0x0D, !line.contains(where: { $0 == 0x0D || $0 == 0 }) else {
                throw MultipartError(.malformed, "a header line of a part does not end in CRLF")
            }
            if line.isEmpty { break }
            guard line.first?.isBlank == true else {
                lines.append(line)
                continue
            }
            guard let last = lines.popLast() else {
                throw MultipartError(.malformed, "a header line of a part has no name")
            }
            lines.append(last + line)
        }
        return lines
    }
}
