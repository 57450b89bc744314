import Glibc
import SystemCalls
import Testing

@testable import Runtime

struct ConfigurationErrorTests {
    /// The text of the error that `body` throws, which has exit code 78 and is one line.
    private func message(
        _ text: String, _ environment: [String: String] = [:], _ overrides: [String: String] = [:],
        reading body: (inout ConfigurationReader) throws -> Void
    ) throws -> String? {
        do {
            var reader = try ConfigurationReader(text: text, path: "x.toml", environment: environment)
            for (key, value) in overrides { reader.override(key, value) }
            try body(&reader)
            Issue.record("was accepted")
            return nil
        } catch let error as ProgramError {
            #expect(error.code == .configuration)
            #expect(!error.message.contains("\n"))
            return error.description
        }
    }

    private func readWindow(_ reader: inout ConfigurationReader) throws(ProgramError) {
        _ = try reader.duration("sensor.window", default: "60s", in: 10...3600)
    }

    private func readSome(_ reader: inout ConfigurationReader) throws(ProgramError) {
        try readWindow(&reader)
        _ = try reader.string("sensor.state_directory", default: "/x")
        _ = try reader.strings("capture.prefixes", default: [])
        _ = try reader.string("capture.interface", default: "eth1")
        try reader.finish()
    }

    private let expectedWindow = #"expected a duration from 10s to 1h (a whole number and s, m, h or d), such as "1m""#

    @Test(
        arguments: [
            (#""5s""#, #""5s""#), (#""2h""#, #""2h""#), (#""60""#, #""60""#), (#""60 s""#, #""60 s""#), ("60", "60"),
            (#""-60s""#, #""-60s""#), ("true", "true"), ("[1, \"a\"]", #"[1, "a"]"#),
            ("1.5", "a floating-point number"),
            ("2026-01-01", "a date"), (#""9999999999999999999d""#, #""9999999999999999999d""#),
            (#""9223372036854775807d""#, #""9223372036854775807d""#),
        ] as [(String, String)])
    func aWrongTypeOrRangeNamesPlaceValueAndExpectation(written: String, shown: String) throws {
        let message = try message("[sensor]\n\nwindow = \(written)", reading: readWindow)
        #expect(message == "x.toml:3: sensor.window: \(shown) cannot be used, \(expectedWindow)")
    }

    @Test func everyTypeSaysWhatItExpects() throws {
        func expectation(_ value: String, _ body: (inout ConfigurationReader) throws -> Void) throws -> String? {
            try message("a.b = \(value)", reading: body)?.split(separator: "cannot be used, expected ").last.map(
                String.init)
        }
        #expect(try expectation("1") { _ = try $0.string("a.b", default: "x") } == #"a string, such as "x""#)
        #expect(try expectation("1") { _ = try $0.optionalString("a.b", example: "x") } == #"a string, such as "x""#)
        #expect(try expectation("1") { _ = try $0.string("a.b") } == "a string")
        #expect(
            try expectation("[\"x\", 1]") { _ = try $0.strings("a.b", example: ["y", "z"]) }
                == #"a list of strings, such as ["y", "z"]"#)
        #expect(try expectation("1") { _ = try $0.bool("a.b", default: false) } == "true or false, such as false")
        #expect(
            try expectation("9") { _ = try $0.integer("a.b", default: 2, in: 1...8) }
                == "an integer from 1 to 8, such as 2")
        #expect(
            try expectation("\"2\"") { _ = try $0.integer("a.b", in: 1...8) } == "an integer from 1 to 8, such as 1")
        #expect(
            try expectation("\"1MB\"") { _ = try $0.byteCount("a.b", default: "2MiB", in: 1024...Int64.max) }
                == #"a size of at least 1KiB (a whole number and B, KiB, MiB or GiB), such as "2MiB""#)
        #expect(
            try expectation("\"no\"") { _ = try $0.choice("a.b", default: Policy.permuted) }
                == #"one of "full", "permuted", "none", such as "permuted""#)
    }

    @Test func anErrorNamesEnvironmentAndCommandLine() throws {
        let variable = ["DARKSCOPE_SENSOR_WINDOW": "soon"]
        #expect(
            try message("", variable, reading: readWindow)
                == "environment variable DARKSCOPE_SENSOR_WINDOW: sensor.window: \"soon\" cannot be used, \(expectedWindow)"
        )
        #expect(
            try message("", variable, ["sensor.window": "x"], reading: readWindow)
                == "command line: sensor.window: \"x\" cannot be used, \(expectedWindow)")
    }

    @Test func aMissingKeySaysWhereToSetItAndHow() throws {
        let remedy =
            "set it in section [uplink], or with DARKSCOPE_UPLINK_COLLECTORS: a list of strings, "
            + #"such as collectors = ["collector.example:4747"]"#
        func readCollectors(_ reader: inout ConfigurationReader) throws(ProgramError) {
            _ = try reader.strings("uplink.collectors", example: ["collector.example:4747"])
        }
        #expect(try message("", reading: readCollectors) == "x.toml: uplink.collectors is missing: \(remedy)")
        #expect(throws: ProgramError(.configuration, "configuration: uplink.collectors is missing: \(remedy)")) {
            var reader = ConfigurationReader(environment: [:])
            try readCollectors(&reader)
        }
    }

    @Test(
        arguments: [
            ("[sensor]\nwindw = 1", "x.toml:2: there is no key sensor.windw, did you mean sensor.window?"),
            ("\n\n[sensors]\nwindow = 1", "x.toml:4: there is no key sensors.window, did you mean sensor.window?"),
            ("capture.window = 1", "x.toml:1: there is no key capture.window, did you mean sensor.window?"),
            ("[sensr]", "x.toml:1: there is no key sensr, did you mean sensor?"),
            (
                "[sensor]\nzzzzzzzz = 1",
                "x.toml:2: there is no key sensor.zzzzzzzz. The keys of [sensor] are window, state_directory"
            ),
            ("[zzzzzzzz]\na = 1", "x.toml:2: there is no key zzzzzzzz.a. The sections are sensor, capture"),
            ("sensor = 1", "x.toml:1: there is no key sensor. It is a section: write [sensor] and its keys below"),
            ("[sensor.window]\nx = 1", "x.toml:2: there is no key sensor.window.x, did you mean sensor.window?"),
            (
                "capture = { prefixes = [], interfaces = 'x' }",
                "x.toml:1: there is no key capture.interfaces, did you mean capture.interface?"
            ),
            (
                "[[sensor]]\nwindow = '1m'",
                "x.toml:1: there is no key sensor. It is a section: write [sensor] and its keys below"
            ),
            ("\"sensor.window\" = '1m'", #"x.toml:1: there is no key "sensor.window", did you mean sensor.window?"#),
            ("[b]\nx = 1\n[a]\ny = 1", "x.toml:2: there is no key b.x. The sections are sensor, capture"),
        ] as [(String, String)])
    func anUnknownKeyNamesItsLineAndTheNearest(text: String, expected: String) throws {
        #expect(try message(text, reading: readSome) == expected)
    }

    @Test func anEmptyKnownSectionIsFine() throws {
        var reader = try ConfigurationReader(text: "[sensor]\n[capture]", path: "x.toml", environment: [:])
        try readSome(&reader)
    }

    @Test func anUnknownOverrideIsRefused() throws {
        #expect(
            try message("", [:], ["sensor.windw": "1m"], reading: readSome)
                == "command line: there is no key sensor.windw, did you mean sensor.window?")
    }

    @Test func aSyntaxErrorNamesLineAndColumn() throws {
        let message = try #require(try message("[sensor]\nwindow = ") { _ in })
        #expect(message.hasPrefix("x.toml:2:"))
        #expect(message.contains(": the text is not TOML: "))
        #expect(try self.message("a = 1\na = 2") { _ in }?.hasPrefix("x.toml:2:") == true)
    }

    @Test func aDeeplyNestedTextIsRefused() throws {
        _ = try message("a = " + String(repeating: "[", count: 100_000)) { _ in }
        _ = try message("a = " + String(repeating: "{b=", count: 100_000)) { _ in }
    }

    @Test func aProgramsOwnFindingNamesThePlaceToo() throws {
        var reader = try ConfigurationReader(text: "[a]\nb = 'x'", path: "x.toml", environment: ["DARKSCOPE_A_C": ""])
        #expect(reader.error("a.b", "no") == ProgramError(.configuration, "x.toml:2: a.b: no"))
        #expect(reader.error("a.c", "no").message == "environment variable DARKSCOPE_A_C: a.c: no")
        #expect(reader.error("a.d", "no").message == "x.toml: a.d: no")
        reader.override("a.b", "y")
        #expect(reader.error("a.b", "no").message == "command line: a.b: no")
        #expect(ConfigurationReader(environment: [:]).error("a.b", "no").message == "configuration: a.b: no")
    }

    @Test func anUnreadableFileSaysWhyAndWhatToDo() throws {
        let folder = try TemporaryFolder()
        func message(_ path: String) -> String? {
            do {
                _ = try ConfigurationReader(path: path, environment: [:])
                Issue.record("was accepted")
                return nil
            } catch {
                #expect(error.code == .configuration)
                return error.message
            }
        }
        let remedy = "Give a TOML file of at most 1 MiB that this user may read"
        #expect(
            message("/nowhere/x")
                == "/nowhere/x: the configuration cannot be read: No such file or directory. \(remedy)")
        #expect(
            message(folder.path) == "\(folder.path): the configuration cannot be read: Is a directory. \(remedy)")
        let (large, latin, fine) = (folder / "large", folder / "latin", folder / "fine")
        try writeFileAtomically(large, Array(repeating: 10, count: ConfigurationFile.limit + 1), mode: 0o600)
        #expect(message(large) == "\(large): the configuration cannot be read: File too large. \(remedy)")
        try writeFileAtomically(latin, Array("# a\n# ".utf8) + [0xE9], mode: 0o600)
        #expect(message(latin) == "\(latin):2: the text is not UTF-8. Save the file as UTF-8")
        try writeFileAtomically(fine, Array("[a]\nb = 2".utf8), mode: 0o600)
        var reader = try ConfigurationReader(path: fine, environment: [:])
        #expect(try reader.integer("a.b", default: 1, in: 0...9) == 2)
    }

    @Test func anErrorIsOneLineThatSteersNoTerminal() {
        let error = ProgramError(.usage, "a\nb\u{1B}[2J\u{9B}c\u{202E}é")
        #expect("\(error)" == "a\\u{A}b\\u{1B}[2J\\u{9B}c\\u{202E}é")
    }

    @Test func longValuesAreCutInErrors() throws {
        let long = String(repeating: "x", count: 500)
        let shown = try message("[sensor]\nwindow = '\(long)'", reading: readWindow)
        #expect(shown?.contains("\"\(long.prefix(100))…\" cannot") == true)
        let array = try message("[sensor]\nwindow = [1,2,3,4,5,6,7,8,9]", reading: readWindow)
        #expect(array?.contains("[1, 2, 3, 4, 5, 6, 7, 8, …] cannot") == true)
    }
}
