// swift-tools-version:6.2
import PackageDescription

// The folder tree is the architecture: Protocol knows nothing of ours, Sources know FlowModel at most,
// Sensor and Collector know Sources and Protocol but never each other. ops/check-dependencies asserts it.

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let web: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "HummingbirdCore", package: "hummingbird"), .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
]

func module(
    _ name: String, _ folder: String, _ dependencies: [Target.Dependency] = [], excluding: [String] = [],
    embedding: [String] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "\(folder)/\(name)", exclude: excluding,
        resources: embedding.map { .embedInCode($0) }, swiftSettings: house)
}

func program(_ name: String, _ folder: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: "\(folder)/\(name)", swiftSettings: house)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.target(name: name)] + dependencies, path: "Tests/\(name)Tests",
        swiftSettings: house)
}

let package = Package(
    name: "darkscope",
    products: [
        .executable(name: "darkscope", targets: ["darkscope"]),
        .executable(name: "darkscope-sensor", targets: ["darkscope-sensor"]),
        .executable(name: "darkscope-collector", targets: ["darkscope-collector"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // Without its traits it links no Foundation.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    ],
    targets: [
        // Protocol: what both sides agree on.
        module("FlowModel", "Protocol"),
        module("WireFormat", "Protocol", ["FlowModel", "CLibzstd"]),

        // Sources: machinery that both sides share.
        .systemLibrary(name: "CLibpcap", path: "Sources/CLibpcap"),
        .systemLibrary(name: "CLibzmq", path: "Sources/CLibzmq"),
        .systemLibrary(name: "CLibpq", path: "Sources/CLibpq"),
        .systemLibrary(name: "CLibzstd", path: "Sources/CLibzstd"),
        .systemLibrary(name: "CLibmaxminddb", path: "Sources/CLibmaxminddb"),
        .systemLibrary(name: "CLibcurl", path: "Sources/CLibcurl"),
        .systemLibrary(name: "CLibcrypto", path: "Sources/CLibcrypto"),
        .systemLibrary(name: "CLibz", path: "Sources/CLibz"),
        .target(name: "CSupport", path: "Sources/CSupport"),
        module("SystemCalls", "Sources", ["CSupport"]),
        module("Messaging", "Sources", ["CLibzmq", "SystemCalls"]),
        module("Telemetry", "Sources", ["SystemCalls", logging]),
        module("Runtime", "Sources", ["CSupport", "SystemCalls"]),
        module("TrafficModel", "Sources", ["FlowModel", "SystemCalls"]),
        program(
            "darkscope", "Sources",
            [
                "Accounts", "Alerts", "Enrichment", "FlowModel", "WireFormat", "Messaging", "Query", "Runtime",
                "Store",
                "SystemCalls", "TrafficModel", arguments,
            ]),

        // Sensor.
        module("Capture", "Sensor", ["Aggregation", "CLibpcap", "FlowModel", "SystemCalls"]),
        // One target, two folders: Swift does not inline across modules, and this is the hot path.
        .target(
            name: "Aggregation", dependencies: ["FlowModel", "CSupport"], path: "Sensor",
            exclude: ["Capture", "Spool", "Uplink", "darkscope-sensor"],
            sources: ["Dissect", "Aggregation"], swiftSettings: house),
        module("Spool", "Sensor", ["FlowModel", "SystemCalls", "WireFormat"], excluding: ["FORMAT.md"]),
        module("Uplink", "Sensor", ["FlowModel", "Messaging", "Spool", "SystemCalls", "WireFormat", logging]),
        program(
            "darkscope-sensor", "Sensor",
            [
                "Aggregation", "Capture", "FlowModel", "Messaging", "Runtime", "Spool", "SystemCalls", "Telemetry",
                "Uplink", "WireFormat", arguments, logging,
            ]),

        // Collector.
        module("Analysis", "Collector", ["FlowModel"]),
        module("Enrichment", "Collector", ["CLibmaxminddb", "FlowModel"]),
        module("Cryptography", "Collector", ["CLibcrypto"]),
        module("Accounts", "Collector", ["Cryptography", "FlowModel"]),
        module("Alerts", "Collector", ["Cryptography", "FlowModel"], embedding: ["Templates"]),
        module("Delivery", "Collector", ["Alerts", "CLibcurl", "FlowModel", "SystemCalls"]),
        module("Query", "Collector", ["FlowModel"]),
        module(
            "Store", "Collector",
            [
                "Accounts", "Alerts", "Analysis", "CLibpq", "Cryptography", "FlowModel", "Query", "SystemCalls",
                "WireFormat",
            ]),
        module(
            "Ingest", "Collector",
            [
                "Alerts", "Analysis", "Delivery", "FlowModel", "Messaging", "Runtime", "Store", "SystemCalls",
                "Telemetry", "WireFormat", logging,
            ]),
        .target(name: "ConsoleSite", path: "Collector/ConsoleSite"),
        module(
            "Console", "Collector",
            [
                "Accounts", "Alerts", "CLibz", "FlowModel", "Query", "Runtime", "Store", "SystemCalls", "Telemetry",
                logging, "ConsoleSite",
            ] + web),
        program(
            "darkscope-collector", "Collector",
            [
                "Alerts", "Console", "Delivery", "FlowModel", "Ingest", "Messaging", "Runtime", "Store", "SystemCalls",
                "Telemetry", "WireFormat", arguments, logging,
            ]),

        // Tests mirror the sources. Black-box tests of the programs are in Tests/Integration (Python).
        tests("FlowModel"),
        tests("WireFormat", ["FlowModel", "CLibzstd"]),
        tests("SystemCalls", ["CSupport"]),
        tests("Messaging", ["CLibzmq", "SystemCalls"]),
        tests("Telemetry", [logging]),
        tests("Runtime", ["SystemCalls"]),
        tests("TrafficModel", ["FlowModel", "Capture", "Aggregation"]),
        .testTarget(
            name: "DarkscopeTests",
            dependencies: [
                "darkscope", "Alerts", "FlowModel", "Messaging", "Runtime", "Store", "WireFormat", arguments,
            ],
            path: "Tests/DarkscopeTests", swiftSettings: house),
        tests("Capture", ["Aggregation", "CLibpcap", "FlowModel", "SystemCalls"]),
        tests("Aggregation", ["Capture", "FlowModel", "WireFormat"]),
        tests("Spool", ["FlowModel", "MemoryFiles", "SystemCalls", "WireFormat"]),
        tests("Uplink", ["FlowModel", "Messaging", "Spool", "SystemCalls", "WireFormat", logging]),
        module("MemoryFiles", "Tests", ["SystemCalls"]),
        // What ops/fuzz runs; its tests replay the corpus.
        module(
            "FuzzTargets", "Tests/Fuzz",
            [
                "Aggregation", "Capture", "Enrichment", "FlowModel", "MemoryFiles", "Spool", "SystemCalls",
                "WireFormat",
            ]),
        tests("FuzzTargets"),
        .target(
            name: "Support", dependencies: ["CLibpq", "Store"], path: "Tests/Support", swiftSettings: house),
        // Measures the collector for ops/bench.
        .executableTarget(
            name: "ingest-benchmark",
            dependencies: [
                "Aggregation", "Analysis", "FlowModel", "Ingest", "Messaging", "Store", "Support", "SystemCalls",
                "TrafficModel", "WireFormat", logging,
            ], path: "Tests/IngestBenchmark", swiftSettings: house),
        // A thousand sensors in one process, for Tests/Integration/test_storm.py.
        .executableTarget(
            name: "sensor-swarm",
            dependencies: [
                "FlowModel", "Messaging", "Runtime", "Spool", "SystemCalls", "Telemetry", "Uplink", "WireFormat",
                logging,
            ], path: "Tests/Swarm", swiftSettings: house),
        // Shows what the reader of configuration files makes of documents, for Tests/Integration/test_toml.py.
        .executableTarget(
            name: "toml-dump", dependencies: ["Runtime", "SystemCalls"], path: "Tests/TOMLDump", swiftSettings: house),
        // Shows notices in their formats, for Tests/Integration/test_formats.py.
        .executableTarget(
            name: "notice-dump", dependencies: ["Alerts", "FlowModel"], path: "Tests/NoticeDump", swiftSettings: house),
        tests("Cryptography"),
        tests("Accounts", ["Cryptography", "FlowModel"]),
        tests("Alerts", ["Cryptography", "FlowModel", "MemoryFiles"]),
        tests("Delivery", ["Alerts", "FlowModel", "SystemCalls"]),
        tests(
            "Console",
            [
                "Accounts", "Alerts", "CLibz", "FlowModel", "Query", "Store", "Telemetry",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        tests("Analysis", ["FlowModel"]),
        tests("Enrichment", ["FlowModel"]),
        tests("Query", ["FlowModel"]),
        tests(
            "Store",
            [
                "Accounts", "Alerts", "Analysis", "Cryptography", "FlowModel", "MemoryFiles", "Query", "Support",
                "WireFormat",
            ]),
        tests(
            "Ingest",
            [
                "Alerts", "Analysis", "Delivery", "FlowModel", "Messaging", "Runtime", "Store", "Support",
                "SystemCalls", "Telemetry",
                "WireFormat", logging,
            ]),
    ]
)
