/// Whisper's tokens: plain ones with their bytes, then those for control, languages and times, which lie at fixed places.
package struct WhisperVocabulary: Sendable {
    /// Bytes of the plain tokens.
    private let texts: [[UInt8]]
    package let count: Int
    package let end: Int
    package let start: Int
    let transcribe: Int
    let previous: Int
    package let noSpeech: Int
    /// The time 0; one token more for each 20 ms.
    package let firstTime: Int
    private let languageCount: Int
    private let isMultilingual: Bool
    /// Tokens that are never chosen: control, languages, and what stands for sounds and for typography rather than for speech.
    let suppressed: [Int]

    /// - Parameters:
    ///   - count: of all tokens.
    ///   - texts: the bytes of the plain ones.
    /// - Throws: ``AnalysisError`` `backendUnavailable` when these are no tokens of Whisper.
    package init(count: Int, texts: [[UInt8]]) throws {
        self.count = count
        // The multilingual vocabulary has one token more.
        isMultilingual = count >= 51_865
        end = isMultilingual ? 50_257 : 50_256
        start = end + 1
        languageCount = isMultilingual ? count - 51_766 : 99
        let translate = start + 1 + languageCount
        transcribe = translate + 1
        previous = translate + 3
        noSpeech = translate + 4
        firstTime = translate + 6
        self.texts = texts
        guard texts.count >= end, firstTime + 1501 == count, languageCount <= Self.languages.count else {
            throw WhisperFile.damaged
        }
        let noises = Self.noises(among: texts[..<end])
        suppressed = noises + Array(start..<firstTime)
    }

    /// The bytes of a plain token; none of others.
    package func bytes(of token: Int) -> [UInt8] { token < end ? texts[token] : [] }

    func isTime(_ token: Int) -> Bool { token >= firstTime }

    /// What the decoder is given before the first token that it chooses (Radford et al., 2023, 4.5).
    ///
    /// - Parameters:
    ///   - hint: tokens of words that may be said, given as if they had been said before.
    ///   - said: tokens of what was said before, after the hint.
    ///   - most: tokens of both; of the hint the first ones count, of what was said the last ones.
    package func prompt(language: String, hint: [Int] = [], said: [Int] = [], most: Int = 0) -> [Int] {
        let hinted = hint.prefix(most)
        let told = hinted + said.suffix(most - hinted.count)
        let words = told.isEmpty ? [] : [previous] + told
        guard isMultilingual, let language = token(ofLanguage: language) else { return words + [start] }
        return words + [start, language, transcribe]
    }

    /// A text as tokens: bytes, of which the pair with the lowest token is joined again and again (byte pair encoding; Sennrich et al., 2016),
    /// within words as GPT-2 cuts them.
    package func tokens(of text: String) -> [Int] {
        var numbers: [[UInt8]: Int] = [:]
        for token in 0..<end { numbers[texts[token]] = token }
        return Self.words(of: text).flatMap { word -> [Int] in
            var parts = word.utf8.map { [$0] }
            while true {
                let joined = parts.indices.dropLast().compactMap { index in
                    numbers[parts[index] + parts[index + 1]].map { (token: $0, index: index) }
                }
                guard let best = joined.min(by: { ($0.token, $0.index) < ($1.token, $1.index) }) else { break }
                parts[best.index] += parts.remove(at: best.index + 1)
            }
            return parts.compactMap { numbers[$0] }
        }
    }

    /// No longer word is joined to one token; longer ones are cut.
    private static let longestWord = 32

    /// Words with the space before them: runs of letters, of digits and of other signs; an English ending after an apostrophe is its own.
    private static func words(of text: String) -> [String] {
        enum Kind {
            case space
            case letter
            case digit
            case sign
        }
        func kind(_ scalar: Unicode.Scalar) -> Kind {
            if scalar.properties.isWhitespace { return .space }
            if scalar.properties.isAlphabetic { return .letter }
            return scalar.properties.numericType == nil ? .sign : .digit
        }
        let scalars = Array(text.unicodeScalars)
        var words: [String] = []
        var index = 0
        func take(_ range: Range<Int>) {
            words.append(String(String.UnicodeScalarView(scalars[range])))
            index = range.upperBound
        }
        while index < scalars.count {
            let rest = String(String.UnicodeScalarView(scalars[index..<min(index + 3, scalars.count)]))
            if let ending = ["'ll", "'re", "'ve", "'s", "'t", "'m", "'d"].first(where: rest.hasPrefix) {
                take(index..<index + ending.unicodeScalars.count)
                continue
            }
            let first = index
            let isAfterSpace = scalars[first] == " " && first + 1 < scalars.count && kind(scalars[first + 1]) != .space
            let inner = kind(scalars[isAfterSpace ? first + 1 : first])
            var last = isAfterSpace ? first + 1 : first
            while last < scalars.count, last - first < longestWord, kind(scalars[last]) == inner { last += 1 }
            // The last of several spaces belongs to the word after them.
            if inner == .space, last < scalars.count, kind(scalars[last]) != .space, last - first > 1 { last -= 1 }
            take(first..<last)
        }
        return words
    }

    package func token(ofLanguage code: String) -> Int? {
        guard isMultilingual, let index = Self.languages.firstIndex(of: code), index < languageCount else { return nil }
        return start + 1 + index
    }

    /// The tokens of all languages, in the order of ``languages``.
    var languageTokens: Range<Int> { start + 1..<start + 1 + languageCount }

    /// ISO 639 codes of languages in the order of their tokens (OpenAI has `jw` for Javanese); the last one came with large-v3.
    static let languages = """
        en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml cy sk \
        te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo \
        ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jv su yue
        """.split(separator: " ").map(String.init)

    /// Signs that stand for no speech (OpenAI's `non_speech_tokens`), where one token is one of them, with a space before it or without.
    private static func noises(among texts: ArraySlice<[UInt8]>) -> [Int] {
        let signs =
            "\" # ( ) * + / : ; < = > @ [ \\ ] ^ _ ` { | } ~ 「 」 『 』 << >> <<< >>> -- --- -( -[ (' (\" (( )) ((( ))) [[ ]] {{ }} ♪♪ ♪♪♪"
            .split(separator: " ").map { Array($0.utf8) }
        // Of these the first bytes alone, as they are no whole tokens.
        let music = "♩ ♪ ♫ ♬ ♭ ♮ ♯".split(separator: " ").map { Array($0.utf8) }
        var unwanted = Set(signs + music)
        unwanted.formUnion((signs + music).map { [UInt8(ascii: " ")] + $0 })
        unwanted.formUnion([Array(" -".utf8), Array(" '".utf8)])
        for sign in music { unwanted.formUnion([Array(sign.prefix(2)), [UInt8(ascii: " ")] + sign.prefix(2)]) }
        return texts.indices.filter { unwanted.contains(texts[$0]) }
    }
}
