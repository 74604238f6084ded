// swift-tools-version: 6.2
import PackageDescription

/// Every target is held to the same rules; a warning is an error.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"),
]

let package = Package(
    name: "dayhaul",
    products: [
        // For benchmarks/Micro.
        .library(name: "RowModules", targets: ["PostgresBinary", "Reports", "Spill"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        .systemLibrary(name: "CEpoll"),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CSched"),
        .target(name: "CrashPoints", swiftSettings: strict),
        .target(name: "PlainText", swiftSettings: strict),
        .target(name: "SQLText", swiftSettings: strict),
        .target(name: "Stages", swiftSettings: strict),
        .target(name: "Postgres", dependencies: ["CPostgres", "CEpoll", "PlainText"], swiftSettings: strict),
        .target(name: "PostgresBinary", swiftSettings: strict),
        .target(name: "Spill", dependencies: ["CLZ4"], swiftSettings: strict),
        .target(name: "Reports", dependencies: ["PostgresBinary", "SQLText"], swiftSettings: strict),
        .target(
            name: "Warehouse",
            dependencies: [
                "CrashPoints", "PlainText", "Postgres", "PostgresBinary", "Reports", "SQLText", "Stages",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Subprocess", package: "swift-subprocess"), .product(name: "SystemPackage", package: "swift-system"),
            ],
            exclude: [
                "Schema/SQL/cron.sql", "Schema/SQL/tenant-source", "Schema/SQL/template-foodlogstats.sql",
                "Schema/SQL/template-daily-store-summary.sql",
            ],
            resources: [
                .embedInCode("Schema/SQL/migrations"), .embedInCode("Schema/SQL/roles.sql"), .embedInCode("Schema/SQL/access.sql"),
            ],
            swiftSettings: strict),
        .target(
            name: "Ingest",
            dependencies: [
                "CrashPoints", "PlainText", "Postgres", "PostgresBinary", "Reports", "Spill", "SQLText", "Stages", "Warehouse",
                .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
            ],
            swiftSettings: strict),
        .target(
            name: "Service", dependencies: ["CrashPoints", "Ingest", "Postgres", "PostgresBinary", "Warehouse"], swiftSettings: strict),
        .target(
            name: "Sizing", dependencies: ["PlainText", "PostgresBinary", "Stages"],
            resources: [.embedInCode("Catalogue/rds-us-east-1.json"), .embedInCode("Report/Page/page.css")],
            swiftSettings: strict),
        .target(
            name: "Bench",
            dependencies: [
                "Clusters", "Ingest", "Postgres", "PostgresBinary", "Reports", "Sizing", "Spill", "SQLText", "Stages", "Warehouse",
            ],
            swiftSettings: strict),
        .target(
            name: "Clusters",
            dependencies: [
                "CSched", .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "dayhaul",
            dependencies: [
                "Bench", "CMalloc", "Clusters", "CrashPoints", "Ingest", "PlainText", "Postgres", "PostgresBinary", "Reports", "Service",
                "Sizing",
                "Spill",
                "SQLText", "Warehouse",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            exclude: ["Demo/SQL/migrations", "Demo/SQL/access.sql"],
            resources: [
                .embedInCode("Demo/SQL/cron.sql"), .embedInCode("Demo/SQL/roles.sql"),
                .embedInCode("Demo/SQL/tenant-source"), .embedInCode("Demo/SQL/template-foodlogstats.sql"),
                .embedInCode("Demo/SQL/template-daily-store-summary.sql"),
            ],
            swiftSettings: strict),
        .target(name: "TestKit", dependencies: ["Clusters"], path: "Tests/TestKit", swiftSettings: strict),
        .testTarget(name: "SQLTextTests", dependencies: ["Postgres", "SQLText", "TestKit"], swiftSettings: strict),
        .testTarget(name: "PostgresTests", dependencies: ["Clusters", "Postgres", "TestKit"], swiftSettings: strict),
        .testTarget(name: "PostgresBinaryTests", dependencies: ["PostgresBinary"], swiftSettings: strict),
        .testTarget(name: "SpillTests", dependencies: ["Spill"], swiftSettings: strict),
        .testTarget(name: "PlainTextTests", dependencies: ["PlainText"], swiftSettings: strict),
        .testTarget(name: "ReportsTests", dependencies: ["PostgresBinary", "Reports"], swiftSettings: strict),
        .testTarget(
            name: "WarehouseTests",
            dependencies: [
                "Postgres", "PostgresBinary", "Reports", "SQLText", "Warehouse", "TestKit",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            exclude: ["Schema/grants.txt"], swiftSettings: strict),
        .testTarget(
            name: "IngestTests",
            dependencies: ["Ingest", "Postgres", "PostgresBinary", "Reports", "Spill", "Warehouse", "TestKit"], swiftSettings: strict),
        .target(name: "SizingFixture", dependencies: ["Sizing", "Stages"], path: "Tests/SizingFixture", swiftSettings: strict),
        .testTarget(name: "SizingTests", dependencies: ["PostgresBinary", "Sizing", "SizingFixture", "Stages"], swiftSettings: strict),
        .testTarget(
            name: "BenchTests", dependencies: ["Bench", "Ingest", "Postgres", "PostgresBinary", "Sizing", "Stages", "TestKit"],
            swiftSettings: strict),
        .testTarget(name: "ClustersTests", dependencies: ["Clusters", "TestKit"], swiftSettings: strict),
        .testTarget(
            name: "dayhaulTests",
            dependencies: [
                "CrashPoints", "dayhaul", "PlainText", "Sizing", "SizingFixture", "Stages", "TestKit",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
