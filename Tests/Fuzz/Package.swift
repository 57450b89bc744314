// swift-tools-version:6.2
import PackageDescription

// A package of its own, built by `ops/fuzz` alone: the modules come from the very sources of the product by the links
// beside this file (`package` access ends where a package ends), instrumented for libFuzzer.

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

func module(_ name: String, _ path: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: path, exclude: exclude, swiftSettings: house)
}

let package = Package(
    name: "darkscope-fuzz",
    targets: [
        .systemLibrary(name: "CLibpcap", path: "Shared/CLibpcap"),
        .systemLibrary(name: "CLibzstd", path: "Shared/CLibzstd"),
        .systemLibrary(name: "CLibmaxminddb", path: "Shared/CLibmaxminddb"),
        .target(name: "CSupport", path: "Shared/CSupport"),
        module("SystemCalls", "Shared/SystemCalls", ["CSupport"]),
        module("FlowModel", "Protocol/FlowModel", []),
        module("WireFormat", "Protocol/WireFormat", ["FlowModel", "CLibzstd"]),
        .target(
            name: "Aggregation", dependencies: ["FlowModel", "CSupport"], path: "Sensor",
            exclude: ["Capture", "Spool", "Uplink", "darkscope-sensor"], sources: ["Dissect", "Aggregation"],
            swiftSettings: house),
        module("Capture", "Sensor/Capture", ["Aggregation", "CLibpcap", "FlowModel", "SystemCalls"]),
        module("Spool", "Sensor/Spool", ["FlowModel", "SystemCalls", "WireFormat"], exclude: ["FORMAT.md"]),
        module("Enrichment", "Collector/Enrichment", ["CLibmaxminddb", "FlowModel"]),
        module("MemoryFiles", "MemoryFiles", ["SystemCalls"]),
        module(
            "FuzzTargets", "FuzzTargets",
            [
                "Aggregation", "Capture", "Enrichment", "FlowModel", "MemoryFiles", "Spool", "SystemCalls",
                "WireFormat",
            ]),
        // libFuzzer brings `main` with it.
        .executableTarget(
            name: "Fuzz", dependencies: ["FuzzTargets"], path: "Sources/Fuzz",
            swiftSettings: house + [.unsafeFlags(["-parse-as-library"])]),
    ]
)
