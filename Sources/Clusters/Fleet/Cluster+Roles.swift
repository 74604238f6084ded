extension Cluster {
    /// Makes a role that may do nothing yet; roles are the cluster's, not a database's.
    func makeReader(_ reader: DemoFleet.Login, deadline: Duration) async throws {
        try await psql(
            #"CREATE ROLE :"reader" LOGIN PASSWORD :'password'"#, variables: ["reader": reader.user, "password": reader.password],
            deadline: deadline)
    }

    /// Lets the role, and of the ordinary roles only this one, connect to its database. A copy of a database does not inherit this.
    func grantConnect(_ reader: DemoFleet.Login, deadline: Duration) async throws {
        try await psql(
            """
            REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
            GRANT CONNECT ON DATABASE :"database" TO :"reader";
            """, variables: ["reader": reader.user, "database": reader.database], deadline: deadline)
    }

    /// Lets the role read the tables that its database has now. A copy of the database inherits this.
    func grantSelect(_ reader: DemoFleet.Login, deadline: Duration) async throws {
        try await psql(
            """
            GRANT USAGE ON SCHEMA public TO :"reader";
            GRANT SELECT ON ALL TABLES IN SCHEMA public TO :"reader";
            """, database: reader.database, variables: ["reader": reader.user], deadline: deadline)
    }

    /// Makes a role without superuser rights, and a database that it owns.
    func makeDatabase(ownedBy owner: DemoFleet.Login, deadline: Duration) async throws {
        try await psql(
            """
            CREATE ROLE :"owner" LOGIN CREATEROLE CREATEDB PASSWORD :'password';
            CREATE DATABASE :"database" OWNER :"owner";
            """, variables: ["owner": owner.user, "password": owner.password, "database": owner.database], deadline: deadline)
    }
}
