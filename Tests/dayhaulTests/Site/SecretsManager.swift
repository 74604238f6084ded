import Glibc
import Subprocess
import SystemPackage
import TestKit

/// AWS Secrets Manager as the AWS command line sees it: a server on a loopback port that stands in for it (moto), and the command line
/// itself, both from `scripts/test-tools`.
struct SecretsManager: Sendable {
    /// What lets programs find it, the command line by PATH included.
    let environment: [String: String]

    private static let tools = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
        .removingLastComponent().appending(".build-tools")

    /// Whether scripts/test-tools could install them.
    static var isInstalled: Bool { access(tools.appending("ready").string, R_OK) == 0 }

    fileprivate static func program(_ name: String) -> FilePath { tools.appending("bin").appending(name) }

    fileprivate init(endpoint: String, home: String) {
        environment = [
            "PATH": "\(Self.tools.appending("bin")):/usr/bin:/bin", "HOME": home, "LC_ALL": "C.UTF-8", "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        ]
    }

    /// Runs `aws secretsmanager …`.
    func aws(_ arguments: String...) async throws {
        let ended = try await Subprocess.run(
            .path(Self.program("aws")), arguments: Arguments(["secretsmanager"] + arguments),
            environment: .custom(environment.map { Array("\($0)=\($1)\0".utf8) }), output: .discarded, error: .string(limit: 1 << 16))
        guard ended.terminationStatus.isSuccess else { throw ClusterError(.programFailed, "aws \(arguments): \(ended.standardError)") }
    }
}

/// Runs `body` with a server that holds no secret yet, and ends it afterwards.
func withSecretsManager(_ body: @escaping @Sendable (SecretsManager) async throws -> Void) async throws {
    try await withDirectory { home in
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw ClusterError(.system, "there is no pair of sockets")
        }
        let (line, held) = (FileDescriptor(rawValue: ends[0]), FileDescriptor(rawValue: ends[1]))
        let log = FilePath("\(home)/log")
        let said = try FileDescriptor.open(log, .writeOnly, options: [.create, .append], permissions: .ownerReadWrite)
        defer { for descriptor in [line, said] { try? descriptor.close() } }
        // The shell waits for the end of its input, which comes with the end of this process too, however it ends.
        let script = #"exec 3<&0; "$@" 3<&- </dev/null & server=$!; read -r _ <&3; kill "$server"; wait "$server""#
        let arguments = ["-c", script, "sh", SecretsManager.program("moto_server").string, "-H", "127.0.0.1", "-p", "0"]
        _ = try await Subprocess.run(
            .path("/bin/sh"), arguments: Arguments(arguments), environment: .custom([Array("PATH=/usr/bin:/bin\0".utf8)]),
            input: .fileDescriptor(line, closeAfterSpawningProcess: false),
            output: .fileDescriptor(said, closeAfterSpawningProcess: false), error: .fileDescriptor(said, closeAfterSpawningProcess: false)
        ) { _ in
            defer { try? held.close() }
            var endpoint: Substring?
            try await eventually("the secrets manager to listen", within: .seconds(60)) {
                endpoint = try text(of: log.string).split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("http://127.0.0.1:") }
                return endpoint != nil
            }
            try await body(SecretsManager(endpoint: String(endpoint ?? ""), home: home))
        }
    }
}
