import Reports
import Testing

@Suite("A report's indexes")
struct IndexTemplateTests {
    private func statements(_ text: String, schema: String = "tenant_a", table: String = "foodlogstats_2025_09_24") throws -> [String] {
        try IndexTemplate.parse(text).map { $0.statement(schema: schema, table: table, day: "2025-09-24") }
    }

    private static let shipped = """
        CREATE UNIQUE INDEX idx_{SCHEMA}_{VIEW_NAME}_id ON {SCHEMA}.{VIEW_NAME} (id);
        CREATE INDEX idx_{SCHEMA}_{VIEW_NAME}_logged_time ON {SCHEMA}.{VIEW_NAME} (logged_time);
        CREATE INDEX idx_{SCHEMA}_{VIEW_NAME}_store ON {SCHEMA}.{VIEW_NAME} (store);
        CREATE INDEX idx_{SCHEMA}_{VIEW_NAME}_action_taken_id ON {SCHEMA}.{VIEW_NAME} (action_taken_id)
        """

    @Test("of the shipped template name the day's table, and keep their own names where these fit")
    func rendersShipped() throws {
        let found = try statements(Self.shipped)
        #expect(found.count == 4)
        #expect(
            found[0] == #"CREATE UNIQUE INDEX "idx_tenant_a_foodlogstats_2025_09_24_id" ON "tenant_a"."foodlogstats_2025_09_24" (id)"#)
        #expect(
            found[1]
                == #"CREATE INDEX "idx_tenant_a_foodlogstats_2025_09_24_logged_time" ON "tenant_a"."foodlogstats_2025_09_24" (logged_time)"#
        )
        #expect(found[2].hasSuffix("(store)") && found[3].hasSuffix("(action_taken_id)"))
    }

    @Test(
        "of schemas and tables with quotes, capitals and spaces are names and nothing else",
        arguments: [#"O"Brien's Café"#, "UPPER lower", "a;b--c", "{VIEW_NAME}"])
    func quotesNames(_ schema: String) throws {
        let statement = try #require(try statements("CREATE INDEX ON {SCHEMA}.{VIEW_NAME} (id)", schema: schema, table: "T 1").first)
        let quoted = schema.replacing("\"", with: "\"\"")
        #expect(statement == "CREATE INDEX  ON \"\(quoted)\".\"T 1\" (id)")
    }

    @Test(
        "say which columns they keep unique, where that is all of them and no more",
        arguments: [
            ("UNIQUE INDEX x ON {VIEW_NAME} (id)", ["id"]), ("UNIQUE INDEX ON {VIEW_NAME} USING btree (ID, \"At\") ;", ["id", "At"]),
            ("INDEX x ON {VIEW_NAME} (id)", nil),
            ("UNIQUE INDEX x ON {VIEW_NAME} (id) WHERE id > 0", nil), ("UNIQUE INDEX x ON {VIEW_NAME} (lower(note))", nil),
            ("UNIQUE INDEX x ON {VIEW_NAME} (id) INCLUDE (note)", nil), ("UNIQUE INDEX x ON {VIEW_NAME} (note COLLATE \"C\")", nil),
            ("UNIQUE INDEX x ON {VIEW_NAME} (id, (a + b))", nil),
            ("UNIQUE INDEX x ON {VIEW_NAME} USING hash (id)", nil), ("UNIQUE INDEX x ON {VIEW_NAME} (id", nil),
        ] as [(String, [String]?)])
    func uniqueColumns(_ index: String, _ columns: [String]?) throws {
        #expect(try IndexTemplate.parse("CREATE \(index)").first?.uniqueColumns == columns)
    }

    @Test(
        "say whether they run code of the schema public, which stands anywhere but after a column or an expression",
        arguments: [
            ("(public.f(note))", true), ("(id) WHERE public.f(id)", true), ("((id OPERATOR(public.=) 1))", true),
            ("((id::public.d))", true),
            ("((CAST(id AS public.d)))", true), ("((public.d '1'))", true), ("((id = 1 AND public.d '1' = id))", true),
            ("(\"public\".f(note))", true), ("(note public.ops (siglen = 32))", true),
            ("(note public.ops)", false), ("(note public.ops, id)", false), ("((lower(note)) public.ops DESC)", false),
            ("(note COLLATE public.de)", false), ("(id)", false), ("(lower(note))", false),
        ] as [(String, Bool)])
    func runsCode(_ rest: String, _ runs: Bool) throws {
        let index = try #require(try IndexTemplate.parse("CREATE INDEX ON {VIEW_NAME} \(rest)").first)
        #expect(index.runsCodeInPublic == runs)
    }

    @Test(
        "say whether something of the schema public may be what they need",
        arguments: [("(id)", false), ("(id, note)", false), ("USING btree (id)", false), ("(id DESC)", true), ("USING hash (id)", true)])
    func needsPublic(_ rest: String, _ needs: Bool) throws {
        let index = try #require(try IndexTemplate.parse("CREATE INDEX ON {VIEW_NAME} \(rest)").first)
        #expect(index.needsPublic == needs)
    }

    @Test("stay different names when they are cut to 63 bytes")
    func fitsNames() throws {
        let names = try statements(Self.shipped, schema: String(repeating: "ä", count: 31)).map { statement in
            String(statement.drop { $0 != "\"" }.dropFirst().prefix { $0 != "\"" })
        }
        #expect(Set(names).count == 4)
        #expect(names.allSatisfy { $0.utf8.count <= 63 })
    }

    @Test("keep what stands after the table")
    func keepsRest() throws {
        #expect(
            try statements(
                "create index if not exists \"My {VIEW_NAME}\" on only {VIEW_NAME} using gin (lower(store) COLLATE \"C\") WHERE flags <> ';' -- why"
            )
                == [
                    #"CREATE INDEX "My foodlogstats_2025_09_24" ON "tenant_a"."foodlogstats_2025_09_24" using gin (lower(store) COLLATE "C") WHERE flags <> ';' "#
                ])
    }

    @Test(
        "may name functions, operator classes and collations of pg_catalog and public, and of no other schema",
        arguments: [
            ("(pg_catalog.lower(store))", true), ("(store public.gin_trgm_ops)", true), ("(store COLLATE pg_catalog.\"C\")", true),
            ("((weight * 1.5))", true), ("(((place).city))", true), ("(id) WHERE flags <> 'phood.x'", true), ("(PUBLIC.f(id))", true),
            ("(phood.f(id))", false), ("(\"Public\".f(id))", false), ("(U&\"public\".f(id))", false), ("(id OPERATOR(phood.=) id)", false),
            ("((id::phood.t))", false), ("(id) WHERE phood /* */ . f(id)", false), ("USING phood.am (id)", false),
        ])
    func otherSchemas(_ rest: String, _ isOpen: Bool) throws {
        let error = Result { try IndexTemplate.parse("CREATE INDEX ON {SCHEMA}.{VIEW_NAME} \(rest)") }
        switch error {
        case .success: #expect(isOpen, "\(rest)")
        case .failure(let error): #expect(!isOpen && (error as? ReportError)?.code == .invalidIndexes, "\(rest)")
        }
    }

    @Test("may speak of the day")
    func fillsInDate() throws {
        #expect(
            try statements("CREATE INDEX late_{TARGET_DATE} ON {VIEW_NAME} (id) WHERE at >= '{TARGET_DATE} 12:00' AND d = {TARGET_DATE}")
                == [
                    #"CREATE INDEX "late_2025-09-24" ON "tenant_a"."foodlogstats_2025_09_24" (id) WHERE at >= '2025-09-24 12:00' AND d = '2025-09-24'"#
                ])
    }

    @Test("are none for a text without a statement", arguments: ["", " ; ;\n-- none"]) func none(_ text: String) throws {
        #expect(try statements(text).isEmpty)
    }

    @Test(
        "are nothing but CREATE INDEX",
        arguments: [
            "DROP TABLE x", "CREATE TABLE x (i int)", "CREATE INDEX", "CREATE INDEX i ON", "CREATE INDEX i ON t", "CREATE INDEX i (id)",
            "CREATE INDEX CONCURRENTLY i ON t (id)", "CREATE INDEX 'i' ON t (id)", "CREATE INDEX i ON a.b.c (id)",
            "CREATE INDEX i ON t (id); DROP TABLE x", "CREATE INDEX i ON t (id')", "CREATE INDEX i ON orders (id)",
            "CREATE INDEX i ON {VIEW_NAME}.orders (id)", "CREATE INDEX {VIEW_NAME} ON {SCHEMA}.orders (id)",
        ])
    func refuses(_ text: String) throws {
        let error = #expect(throws: ReportError.self) { try statements(text) }
        #expect(error?.code == .invalidIndexes)
    }
}
