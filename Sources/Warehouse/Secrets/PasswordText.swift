import FoundationEssentials
public import Postgres

/// The password in what a command printed, or what a file or a variable holds: the first line with something in it, or the field `password`
/// of a JSON document, which is what AWS Secrets Manager has for a database that RDS manages.
public struct PasswordText: Sendable {
    /// The password.
    public let password: Secret
    /// Whether it was a field of a JSON document.
    public let isField: Bool

    /// A text that holds no password.
    public enum Lack: Error {
        /// Nothing but white space.
        case empty
        /// A JSON document without a field `password` that is a text.
        case document
    }

    /// Throws `Lack`.
    public init(_ text: String) throws(Lack) {
        let start = text.first { !$0.isWhitespace }
        if start == "{" || start == "\"", let document = Self.document(text) {
            guard let found = document.password, !found.isEmpty else { throw .document }
            password = Secret(found)
            isField = true
            return
        }
        let lines = text.split(whereSeparator: \.isNewline)
        guard let line = lines.first(where: { !$0.allSatisfy(\.isWhitespace) }) else { throw .empty }
        password = Secret(String(line))
        isField = false
    }

    /// A password that was sealed as it is.
    init(sealed password: Secret) {
        self.password = password
        isField = false
    }

    /// The parts of a document that can hold a password.
    private struct Document: Decodable {
        var password: String?
        /// Of the whole answer of `get-secret-value`.
        var secret: String?

        private enum CodingKeys: String, CodingKey {
            case password
            case secret = "SecretString"
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            password = try? fields.decodeIfPresent(String.self, forKey: .password)
            secret = try? fields.decodeIfPresent(String.self, forKey: .secret)
        }
    }

    /// Nil for what is no JSON object. A JSON text in a JSON string, as the AWS command prints it unless it is told to print text, counts as
    /// what is in it.
    private static func document(_ text: String) -> Document? {
        let decoder = JSONDecoder()
        if let inner = try? decoder.decode(String.self, from: Data(text.utf8)) {
            return try? decoder.decode(Document.self, from: Data(inner.utf8))
        }
        guard var document = try? decoder.decode(Document.self, from: Data(text.utf8)) else { return nil }
        if document.password == nil, let secret = document.secret {
            // What is no document is the password itself.
            document.password = (try? decoder.decode(Document.self, from: Data(secret.utf8))).map(\.password) ?? secret
        }
        return document
    }
}

extension PasswordText {
    /// As `init(_:)`, its failures as errors about a tenant. `place` is what holds the text, `nothing` what is said when it holds none.
    init(_ text: String, in place: String, else nothing: String, hint: String) throws(WarehouseError) {
        do throws(Lack) {
            try self.init(text)
        } catch {
            switch error {
            case .empty: throw WarehouseError(.secretUnavailable, nothing, hint: hint)
            case .document:
                throw WarehouseError(
                    .secretUnavailable, "\(place) is a JSON document without a field password",
                    hint: "have the password alone, or a document that has it as its field password")
            }
        }
    }
}
