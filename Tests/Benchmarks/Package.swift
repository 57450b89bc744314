// swift-tools-version:6.2
import PackageDescription

// A package of its own: `ops/bench/run` builds the modules it measures from the very sources of the product (by the
// links beside this file: `package` access ends where a package ends), and the product's build knows nothing of it.

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

func module(_ name: String, _ folder: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "\(folder)/\(name)", swiftSettings: house)
}

let package = Package(
    name: "darkscope-benchmarks",
    targets: [
        .systemLibrary(name: "CLibpcap", path: "Shared/CLibpcap"),
        .systemLibrary(name: "CLibzstd", path: "Shared/CLibzstd"),
        .target(name: "CSupport", path: "Shared/CSupport"),
        module("FlowModel", "Protocol"),
        module("WireFormat", "Protocol", ["FlowModel", "CLibzstd"]),
        module("SystemCalls", "Shared", ["CSupport"]),
        .target(
            name: "Aggregation", dependencies: ["FlowModel", "CSupport"], path: "Sensor",
            exclude: ["Capture", "Spool", "Uplink", "darkscope-sensor"],
            sources: ["Dissect", "Aggregation"], swiftSettings: house),
        module("Capture", "Sensor", ["Aggregation", "CLibpcap", "FlowModel", "SystemCalls"]),
        .target(
            name: "Spool", dependencies: ["FlowModel", "SystemCalls", "WireFormat"], path: "Sensor/Spool",
            exclude: ["FORMAT.md"], swiftSettings: house),
        .target(name: "CountingAllocator", path: "CountingAllocator"),
        .executableTarget(
            name: "darkscope-bench",
            dependencies: ["Aggregation", "Capture", "CountingAllocator", "FlowModel", "Spool", "WireFormat"],
            swiftSettings: house),
    ]
)
