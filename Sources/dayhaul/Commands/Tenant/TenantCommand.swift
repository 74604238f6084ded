import ArgumentParser

struct TenantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant",
        abstract: "Adds, shows, tests and changes tenants.",
        discussion: """
            A tenant is one source database: where its read replica is, and how to log in there. It is only ever read.

              dayhaul tenant add tenant_a --host replica.example --dbname production \\
                      --username reader --password-stdin < pw
              dayhaul tenant test 'tenant_*'
            """,
        subcommands: [
            TenantAdd.self, TenantList.self, TenantShow.self, TenantTest.self, TenantSet.self, TenantRename.self,
            TenantMoveCommand.self, TenantDisable.self, TenantEnable.self, TenantDrop.self, TenantReader.self,
        ])
}
