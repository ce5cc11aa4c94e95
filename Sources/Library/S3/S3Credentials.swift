/// Who asks S3. Texts that are made of it never show the secrets.
package struct S3Credentials: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    package let accessKeyID: String
    package let secretAccessKey: String
    /// Comes with temporary credentials.
    package let sessionToken: String?

    package init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }

    package var description: String { "credentials of S3" }
    package var debugDescription: String { description }
    /// `dump` and interpolation of what holds them go by the mirror.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
