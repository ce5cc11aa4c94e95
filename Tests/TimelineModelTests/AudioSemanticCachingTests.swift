import Testing
import TimelineModel

@Suite("AudioSemanticCachingTests: cache key and identity")
struct AudioSemanticCachingTests {
    private func key(
        _ identifiers: Identifiers, _ parameters: AnalysisParameters = AnalysisParameters()
    ) -> String {
        AudioSemanticCacheKey(identifiers: identifiers, parameters: parameters, backendVersion: "whisper_librosa_v2")
            .value
    }

    @Test("The key is the documented one, byte for byte")
    func documented() throws {
        let identifiers = try Identifiers(tenantID: "t1", env: "dev", assetID: "a123", userID: "u1")
        #expect(key(identifiers) == "t1|dev|a123|None|True|True|300|1000|whisper_librosa_v2|u1")
    }

    @Test("Absent artifact and user, flags, and clamped values are spelt as documented")
    func spelling() throws {
        let identifiers = try Identifiers(tenantID: "t_2", env: "p+1", assetID: "a:b@c", artifactID: "x.y", userID: "")
        let parameters = AnalysisParameters(
            includeBeats: false, includeSpeechMusic: false, minSilenceMs: -1, loudnessWindowMs: 1_000_000_000_000)
        #expect(key(identifiers, parameters) == "t_2|p+1|a:b@c|x.y|False|False|50|60000|whisper_librosa_v2|anonymous")
        #expect(try Identifiers(tenantID: "t", env: "e", assetID: "a", artifactID: "").artifactID == nil)
    }

    @Test("Separators in a user are percent-encoded, so that no two users share a key")
    func users() throws {
        let users = ["a|b", "a%7Cb", "a%257Cb", "a%b", "ü ser", "anonymous ", "None"]
        let keys = try users.map { user in
            key(try Identifiers(tenantID: "t", env: "e", assetID: "a", userID: user))
        }
        let prefix = "t|e|a|None|True|True|300|1000|whisper_librosa_v2|"
        let encoded = ["a%7Cb", "a%257Cb", "a%25257Cb", "a%25b", "ü ser", "anonymous ", "None"]
        #expect(keys == encoded.map { prefix + $0 })
        #expect(keys.allSatisfy { $0.utf8.filter { $0 == UInt8(ascii: "|") }.count == 9 })
    }

    @Test(
        "Identifiers that could forge another key are refused by name",
        arguments: [
            ("T1", "dev", "a", nil, nil, IdentifierError.Field.tenantID, IdentifierError.Reason.forbiddenCharacter),
            ("-t", "dev", "a", nil, nil, .tenantID, .forbiddenCharacter),
            ("t.1", "dev", "a", nil, nil, .tenantID, .forbiddenCharacter),
            ("t1\n", "dev", "a", nil, nil, .tenantID, .forbiddenCharacter),
            ("", "dev", "a", nil, nil, .tenantID, .empty),
            ("t_unknown", "dev", "a", nil, nil, .tenantID, .reserved),
            (String(repeating: "t", count: 129), "dev", "a", nil, nil, .tenantID, .tooLong),
            ("t", "", "a", nil, nil, .env, .empty),
            ("t", "dev|x", "a", nil, nil, .env, .forbiddenCharacter),
            ("t", "dev", "", nil, nil, .assetID, .empty),
            ("t", "dev", "a|b", nil, nil, .assetID, .forbiddenCharacter),
            ("t", "dev", "a/../b", nil, nil, .assetID, .forbiddenCharacter),
            ("t", "dev", "a\u{0}", nil, nil, .assetID, .forbiddenCharacter),
            ("t", "dev", "ａ", nil, nil, .assetID, .forbiddenCharacter),
            ("t", "dev", "e\u{301}", nil, nil, .assetID, .forbiddenCharacter),
            ("t", "dev", String(repeating: "a", count: 129), nil, nil, .assetID, .tooLong),
            ("t", "dev", "a", "None", nil, .artifactID, .reserved),
            ("t", "dev", "a", "x|y", nil, .artifactID, .forbiddenCharacter),
            ("t", "dev", "a", nil, "anonymous", .userID, .reserved),
            ("t", "dev", "a", nil, "u\u{7}", .userID, .forbiddenCharacter),
            ("t", "dev", "a", nil, "u\u{0}", .userID, .forbiddenCharacter),
            ("t", "dev", "a", nil, "u\u{2028}", .userID, .forbiddenCharacter),
            ("t", "dev", "a", nil, String(repeating: "u", count: 513), .userID, .tooLong),
        ] as [(String, String, String, String?, String?, IdentifierError.Field, IdentifierError.Reason)])
    func refused(
        tenant: String, env: String, asset: String, artifact: String?, user: String?, field: IdentifierError.Field,
        reason: IdentifierError.Reason
    ) {
        #expect(throws: IdentifierError(field: field, reason: reason)) {
            try Identifiers(tenantID: tenant, env: env, assetID: asset, artifactID: artifact, userID: user)
        }
        #expect(!IdentifierError(field: field, reason: reason).description.contains("|"))
    }

    @Test("Identifiers of the longest length and all allowed characters pass")
    func accepted() throws {
        let longest = String(repeating: "a", count: 128)
        let identifiers = try Identifiers(
            tenantID: "0a_-", env: "A.b_c:d@e+f-9", assetID: longest, artifactID: longest, userID: "a b/ü|%")
        #expect(identifiers.assetID == longest && identifiers.userID == "a b/ü|%")
    }

    @Test("Identity fields have lengths before them, so that no two lists share their bytes")
    func fields() {
        var fields = IdentityFields()
        fields.append("ab", "ü")
        fields.append("gone", nil)
        fields.append("", "")
        #expect(fields.bytes == [0, 0, 0, 2, 0x61, 0x62, 0, 0, 0, 2, 0xC3, 0xBC, 0, 0, 0, 0, 0, 0, 0, 0])
        let lists: [[(String, String?)]] = [
            [("a", "bc")], [("ab", "c")], [("a", "b"), ("c", "")], [("a", ""), ("b", "c")], [("a", nil)], [("a", "")],
            [("b", "c"), ("a", "")],
        ]
        let encodings = lists.map { list in
            var fields = IdentityFields()
            for (name, value) in list { fields.append(name, value) }
            return fields.bytes
        }
        #expect(Set(encodings).count == lists.count)
    }
}
