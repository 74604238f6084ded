extension Cluster {
    /// Makes a database and fills it.
    func makeDatabase(_ database: String, seed: Int, from source: DemoSource, deadline: Duration) async throws {
        try await psql(#"CREATE DATABASE :"database""#, variables: ["database": database], deadline: deadline)
        for text in [source.schema, source.generate] {
            try await psql(text, database: database, variables: source.variables(seed: seed), deadline: deadline)
        }
    }

    /// Makes a database that is a copy of another one, file by file where the server can do so (CREATE DATABASE, "STRATEGY").
    func copyDatabase(_ template: String, to database: String, deadline: Duration) async throws {
        try await psql(
            #"""
            SELECT format('CREATE DATABASE %I TEMPLATE %I', :'database', :'template')
                || CASE WHEN current_setting('server_version_num')::int >= 150000 THEN ' STRATEGY FILE_COPY' ELSE '' END
            \gexec
            """#, variables: ["database": database, "template": template], deadline: deadline)
    }
}
