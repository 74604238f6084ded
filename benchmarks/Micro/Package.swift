// swift-tools-version: 6.2
import PackageDescription

// Micro-benchmarks of the project's own modules:
//   cd benchmarks/Micro && swift package --disable-sandbox benchmark
let package = Package(
    name: "micro",
    platforms: [.macOS(.v26)],
    dependencies: [
        .package(name: "dayhaul", path: "../.."),
        // Without its trait Jemalloc, which no machine need have; allocation counts then read 0 and say nothing.
        .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "Rows",
            dependencies: [
                .product(name: "RowModules", package: "dayhaul"), .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/Rows",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
    ]
)
