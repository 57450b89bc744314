import Glibc
import Testing

@testable import Runtime

enum Policy: String, CaseIterable { case full, permuted, none }

struct ConfigurationReaderTests {
    private let text = """
        # a sensor
        [sensor]
        state_directory = "/var/lib/x"
        window = "1m"

        [capture]
        prefixes = ["198.18.0.0/20", "2001:db8::/32"]
        ring = "8MiB"
        promiscuous = false
        maximum_records = 4096
        destinations = "none"
        """

    /// What a program reads, as one value.
    private struct Read: Equatable {
        var directory = ""
        var window: Int64 = 0
        var prefixes: [String] = []
        var ring: Int64 = 0
        var promiscuous = true
        var records = 0
        var destinations = Policy.full
        var key: String?

        init(_ reader: inout ConfigurationReader) throws(ProgramError) {
            directory = try reader.string("sensor.state_directory", default: "/var/lib/darkscope-sensor")
            window = try reader.duration("sensor.window", default: "60s", in: 10...3600, note: "one\ntwo")
            prefixes = try reader.strings("capture.prefixes", default: [])
            key = try reader.optionalString("uplink.server_key", example: "00ff")
            ring = try reader.byteCount("capture.ring", default: "4MiB", in: 1024...(1 << 30))
            promiscuous = try reader.bool("capture.promiscuous", default: true)
            records = try reader.integer("capture.maximum_records", default: 1 << 20, in: 1...(1 << 24))
            destinations = try reader.choice("capture.destinations", default: .permuted)
            try reader.finish()
        }
    }

    private func read(_ text: String, _ environment: [String: String] = [:]) throws -> Read {
        var reader = try ConfigurationReader(text: text, path: "x.toml", environment: environment)
        return try Read(&reader)
    }

    @Test func valuesComeFromTheFile() throws {
        let read = try read(text)
        #expect(read.directory == "/var/lib/x")
        #expect(read.window == 60)
        #expect(read.prefixes == ["198.18.0.0/20", "2001:db8::/32"])
        #expect(read.ring == 8 << 20)
        #expect(!read.promiscuous)
        #expect(read.records == 4096)
        #expect(read.destinations == .none)
        #expect(read.key == nil)
    }

    @Test func withoutAFileEverythingIsTheDefault() throws {
        var reader = ConfigurationReader(environment: [:])
        #expect(try Read(&reader) == read(""))
    }

    @Test func aSingleStringIsAListOfOne() throws {
        #expect(try read("[capture]\nprefixes = \"198.18.0.0/20\"").prefixes == ["198.18.0.0/20"])
    }

    @Test func theCommandLineBeatsTheEnvironmentBeatsTheFileBeatsTheDefault() throws {
        func window(_ text: String, _ environment: [String: String], _ override: String?) throws -> Int64 {
            var reader = try ConfigurationReader(text: text, path: "x.toml", environment: environment)
            if let override { reader.override("sensor.window", override) }
            return try reader.duration("sensor.window", default: "60s", in: 0...100)
        }
        let (file, environment) = ("[sensor]\nwindow = \"1s\"", ["DARKSCOPE_SENSOR_WINDOW": "2s"])
        #expect(try window("", [:], nil) == 60)
        #expect(try window(file, [:], nil) == 1)
        #expect(try window(file, environment, nil) == 2)
        #expect(try window(file, environment, "3s") == 3)
        #expect(try window("", environment, nil) == 2)
    }

    @Test func theEnvironmentSetsEveryTypeAsPlainText() throws {
        let read = try read(
            text,
            [
                "DARKSCOPE_SENSOR_STATE_DIRECTORY": "/elsewhere", "DARKSCOPE_CAPTURE_PREFIXES": "10.0.0.0/8 , fc00::/7",
                "DARKSCOPE_CAPTURE_RING": "64KiB", "DARKSCOPE_CAPTURE_PROMISCUOUS": "true",
                "DARKSCOPE_CAPTURE_MAXIMUM_RECORDS": "7", "DARKSCOPE_CAPTURE_DESTINATIONS": "full",
                "DARKSCOPE_UPLINK_SERVER_KEY": "ab", "DARKSCOPE_TEST_POSTGRES": "not ours",
            ])
        #expect(read.directory == "/elsewhere")
        #expect(read.prefixes == ["10.0.0.0/8", "fc00::/7"])
        #expect(read.ring == 65_536)
        #expect(read.promiscuous)
        #expect(read.records == 7)
        #expect(read.destinations == .full)
        #expect(read.key == "ab")
    }

    /// The variable is set where the database tests run; to set one here would race with the other tests' threads.
    @Test func theProcessEnvironmentCounts() throws {
        let outside = getenv("DARKSCOPE_TEST_POSTGRES").map { String(cString: $0) }
        var reader = ConfigurationReader()
        #expect(try reader.string("test.postgres", default: "unset") == outside ?? "unset")
    }

    @Test func theRenderedConfigurationReadsBackAsTheSame() throws {
        let strange = "a \"quoted\" \\ back\\slash \n line \t tab \u{1B}[31m \u{202E} é 中 \u{E0001}"
        var first = try ConfigurationReader(text: text, path: "x.toml", environment: [:])
        first.override("sensor.state_directory", strange)
        first.override("uplink.server_key", "abcd")
        let values = try Read(&first)
        #expect(values.directory == strange)
        var second = try ConfigurationReader(text: first.rendered, path: "printed", environment: [:])
        #expect(try Read(&second) == values)
        #expect(second.rendered == first.rendered)
        #expect(second.digest == first.digest)
    }

    @Test func theRenderedConfigurationSaysWhatEachKeyMayBe() throws {
        var reader = try ConfigurationReader(text: "[sensor]\nwindow = \"90s\"", path: "x.toml", environment: [:])
        _ = try Read(&reader)
        #expect(
            reader.rendered == """
                [sensor]
                # a string; default "/var/lib/darkscope-sensor"
                state_directory = "/var/lib/darkscope-sensor"
                # one
                # two
                # a duration from 10s to 1h (a whole number and s, m, h or d); default "1m"
                window = "90s"

                [capture]
                # a list of strings; default []
                prefixes = []
                # a size from 1KiB to 1GiB (a whole number and B, KiB, MiB or GiB); default "4MiB"
                ring = "4MiB"
                # true or false; default true
                promiscuous = true
                # an integer from 1 to 16777216; default 1048576
                maximum_records = 1048576
                # one of "full", "permuted", "none"; default "permuted"
                destinations = "permuted"

                [uplink]
                # a string; not set
                # server_key = "00ff"

                """)
    }

    @Test func theDigestFollowsTheValuesAlone() throws {
        func digest(_ text: String) throws -> UInt64 {
            var reader = try ConfigurationReader(text: text, path: "x.toml", environment: [:])
            _ = try Read(&reader)
            return reader.digest
        }
        #expect(try digest("") == digest("[sensor]\nwindow = \"60s\" # the default"))
        #expect(try digest("") == digest("[sensor]\nwindow = \"1m\""))
        #expect(try digest("") != digest("[sensor]\nwindow = \"2m\""))
        #expect(EffectiveSettings().digest == 0xCBF2_9CE4_8422_2325)
    }
}
