// swift-tools-version:6.2
import PackageDescription

// A package of its own, built by `Tests/Fuzz/run` alone: the modules come from the very sources of the product by the
// links beside this file (`package` access ends where a package ends), instrumented for libFuzzer.

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// libFuzzer brings `main` with it.
func fuzzer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: "Sources/\(name)",
        swiftSettings: house + [.unsafeFlags(["-parse-as-library"])])
}

let package = Package(
    name: "darkscope-fuzz",
    targets: [
        .systemLibrary(name: "CLibzstd", path: "Shared/CLibzstd"),
        .target(name: "CSupport", path: "Shared/CSupport"),
        .target(name: "FlowModel", path: "Protocol/FlowModel", swiftSettings: house),
        .target(
            name: "WireFormat", dependencies: ["FlowModel", "CLibzstd"], path: "Protocol/WireFormat",
            swiftSettings: house),
        .target(
            name: "Aggregation", dependencies: ["FlowModel", "CSupport"], path: "Sensor",
            exclude: ["Capture", "Spool", "Uplink", "darkscope-sensor"], sources: ["Dissect", "Aggregation"],
            swiftSettings: house),
        fuzzer("FuzzBatch", ["WireFormat"]),
        fuzzer("FuzzMessage", ["WireFormat"]),
        fuzzer("FuzzFrames", ["Aggregation", "FlowModel", "WireFormat"]),
    ]
)
