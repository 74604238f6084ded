import TestKit
import Testing

@Suite("A password in AWS Secrets Manager", .timeLimit(.minutes(5)))
struct SecretsManagerTests {
    @Test(
        "is asked for with the AWS command line each time: one that was changed there is used, one that is gone fails its tenant alone",
        .enabled(if: SecretsManager.isInstalled, "the AWS command line and moto are not installed: scripts/test-tools"))
    func recipe() async throws {
        try await withSecretsManager { aws in
            try await withTenantSources(2, days: 1) { sources in
                try await withInitialisedOperator { boss in
                    let secret = "s3cr3t with spaces, 'quotes' and ünïcode"
                    try await sources[0].alterPassword(secret)
                    try await aws.aws("create-secret", "--name", "tenant_a", "--secret-string", secret)
                    // As SecretsAndRoles.md has it.
                    let command = "aws secretsmanager get-secret-value --secret-id tenant_a --query SecretString --output text"
                    let environment = aws.environment.mapValues { Optional($0) }.merging(["HOME": boss.home]) { $1 }
                    let added = try await boss.dayhaul(
                        ["tenant", "add", "tenant_a", "--secret-command", command] + sources[0].options(), environment: environment)
                    #expect(added.status == .exited(0), "\(added.errors)")
                    try await boss.add("tenant_b", sources[1])
                    let days = ["ingest", "--json", "--from", "2025-09-01", "--to", "2025-09-01"]
                    let ended = try await boss.dayhaul(days, environment: environment)
                    #expect(ended.status == .exited(0), "\(ended.errors)")

                    try await aws.aws("put-secret-value", "--secret-id", "tenant_a", "--secret-string", "another one")
                    try await sources[0].alterPassword("another one")
                    let changed = try await boss.dayhaul(days, environment: environment)
                    #expect(changed.status == .exited(0), "\(changed.errors)")

                    try await aws.aws("delete-secret", "--secret-id", "tenant_a", "--force-delete-without-recovery")
                    let gone = try await boss.dayhaul(days, environment: environment)
                    #expect(gone.status == .exited(3), "\(gone.errors)")
                    let document = try gone.document(RunDocument.self)
                    #expect(document.outcomes("tenant_a") == ["failed"] && document.outcomes("tenant_b") == ["unchanged"])
                    let problem = try #require(document.days.first { $0.tenant == "tenant_a" }?.error)
                    #expect(problem.code == "secretUnavailable" && problem.message.contains("tenant_a"))
                    // What the command itself says is the operator's to see.
                    #expect(gone.errors.contains("ResourceNotFoundException"))
                    for ended in [added, ended, changed, gone] {
                        #expect(!(ended.output + ended.errors).contains(secret) && !(ended.output + ended.errors).contains("another one"))
                    }
                }
            }
        }
    }
}

extension TenantSource {
    /// Gives the reader another password.
    fileprivate func alterPassword(_ password: String) async throws {
        try await primary.psql(#"ALTER ROLE :"reader" PASSWORD :'password'"#, variables: ["reader": reader, "password": password])
        try await replay()
    }
}
