import Alerts
import FlowModel
import Store
import Testing

@testable import darkscope

struct OrganisationFileTests {
    private func read(_ text: String) -> OrganisationFile { OrganisationFile(Array(text.utf8)) }

    private func problems(_ text: String) -> [String] {
        read(text).problems.first.map { "\($0.line) \($0.column ?? "-"): \($0.cause)" }
    }

    @Test func aLineHasFieldsOfRFC4180() throws {
        func fields(_ text: String) throws -> [String] { try CSVLine(Array(text.utf8)[...]).fields }
        #expect(try fields("a,b,c") == ["a", "b", "c"])
        #expect(try fields("") == [""])
        #expect(try fields(",") == ["", ""])
        #expect(try fields(#""a,b","c ""d""","""#.dropLast() + #"""#) == ["a,b", "c \"d\"", ""])
        #expect(try fields(" a , \" b \" ,c") == ["a", "b", "c"])
        #expect(try fields("น้ำ,\"é\"") == ["น้ำ", "é"])
        for text in [
            "\"a", "a\"b", "\"a\"b", "a,\"b\"\"", "a\0b", "a\tb", "a\u{301}\u{202E}", ",\"\u{301}x",
            "\"" + String(repeating: "x", count: 2_000) + "\"", String(repeating: "x,", count: 10_000),
        ] {
            #expect(throws: CSVLine.Problem.self, "\(text.prefix(40))") { try fields(text) }
        }
        #expect(throws: CSVLine.Problem.self) { try CSVLine([0x61, 0xFF, 0x2C][...]) }
        // Accents on a comma do not keep it from dividing.
        #expect(try fields("a,\u{301}b").count == 2)
    }

    @Test func columnsStandInAnyOrderAndLineEndsOfAnyKind() throws {
        let file = read(
            "\u{FEFF}mail,name,prefix,organisation,country\r\nsoc@a.example,\"City, A\",203.0.113.0/24,city-a,jp\r\n\r\n"
                + ",,2001:db8::/48,city-a,\n,,,city-b,")
        #expect(file.problems.count == 0 && file.records == 3)
        #expect(file.content.organisations.map(\.code) == ["city-a", "city-b"])
        #expect(file.content.organisations[0].settings == OrganisationSettings([.name: "City, A", .country: "JP"]))
        #expect(file.content.organisations[0].lines == [2, 4])
        #expect(file.content.organisations[1].settings.isEmpty)
        #expect(file.content.blocks.map(\.prefix.description) == ["203.0.113.0/24", "2001:db8::/48"])
        #expect(file.content.blocks.map(\.line) == [2, 4])
        #expect(file.content.contacts.map(\.target.text) == ["soc@a.example"])
    }

    @Test func aBlockHasItsTimeAndItsWitness() throws {
        let file = read(
            "organisation,prefix,valid_from,valid_until,vouched_by,mail,mail_format\n"
                + "a,203.0.113.0/24,2026-01-01,2026-01-02T00:00:01Z,A. Person,x@a.example,text")
        let block = try #require(file.content.blocks.first)
        #expect(block.from == 1_767_225_600 && block.until == 1_767_312_001 && block.vouchedBy == "A. Person")
        #expect(file.content.contacts.first?.format == .text)
    }

    @Test func everySettingIsAColumn() {
        let names = OrganisationField.allCases.map(\.rawValue)
        let values = [
            "A", "isp", "none", "ja", "amber+strict", "Asia/Tokyo", "22:00-06:00", "hourly", "5", "20", "4", "48",
        ]
        let file = read("organisation,\(names.joined(separator: ","))\na,\(values.joined(separator: ","))\n")
        #expect(file.problems.count == 0)
        #expect(file.content.organisations.first?.settings.values.count == names.count)
        #expect(file.content.organisations.first?.settings.values[.country] == .some(nil))
    }

    @Test func everyBadLineIsToldWithItsColumnAndCause() {
        let text = """
            organisation,prefix,name,country,tlp,daily_cap,quiet,mail,valid_from,valid_until
            City,203.0.113.0/24,,,,,,,,
            city-a,203.0.113.1/24,,,,,,,,
            city-a,,"x,,,,,,,
            city-a,10.0.0.0/7,,,,,,,,
            city-a,203.0.113.0/24,,J,pink,0,25:00-01:00,a b@c,yesterday,-1h
            city-a,203.0.113.0/24
            ,203.0.113.0/24,,,,,,,,
            city-a,,City A,,,,,,2026-01-01,
            city-a,,City B,,,,,,,
            city-a,203.0.113.0/24,,,,,,,2026-01-02,2026-01-02
            """
        let found = problems(text)
        #expect(
            found.map { $0.prefix { $0 != ":" } } == [
                "2 organisation", "3 prefix", "4 -", "5 prefix", "6 country", "6 tlp", "6 quiet", "6 daily_cap",
                "6 valid_from", "6 valid_until", "6 mail", "7 -", "8 organisation", "9 valid_from", "10 name",
                "11 valid_until",
            ])
        #expect(found[1].contains("The block is 203.0.113.0/24"))
        #expect(found[2].contains("not closed"))
        #expect(found[11].contains("2 fields") && found[11].contains("10"))
        #expect(found[14].contains("line 9 says \"City A\""))
        let file = read(text)
        #expect(file.content.blocks.isEmpty && file.content.contacts.isEmpty && file.records == 10)
    }

    @Test(arguments: [
        ("", "empty"), ("\n\n", "empty"), ("organisation;prefix\na;b", "commas"),
        ("organisation,color\na,b", "no column \"color\""),
        ("prefix\n203.0.113.0/24", "organisation is missing"), ("organisation,prefix,prefix\n", "twice"),
        ("organisation,pre\0fix\n", "U+0000"), ("\"organisation", "not closed"),
    ])
    func aHeaderThatCannotBeReadIsTheOnlyProblem(_ text: String, _ cause: String) {
        #expect(problems(text).count == 1 && problems(text)[0].contains(cause), "\(problems(text))")
    }

    @Test func ofManyProblemsTheFirstAreKeptAndAllAreCounted() {
        let file = read("organisation\n" + String(repeating: "X\n", count: 250))
        #expect(file.problems.count == 250 && file.problems.first.count == ImportProblems.limit)
        #expect(file.problems.first.map(\.line) == Array(2...101))
        var both = ImportProblems()
        for line in (1...300).reversed() { both.add(ImportProblem(line: line, column: nil, cause: "x")) }
        both.add(file.problems)
        #expect(both.count == 550 && both.first.count == ImportProblems.limit)
        #expect(both.first.map(\.line).sorted() == both.first.map(\.line) && both.first.last?.line == 51)
    }

    @Test func aFileOfTooManyLinesEndsThere() {
        let file = read("organisation\n" + String(repeating: "a\n", count: OrganisationFile.lineLimit + 5))
        #expect(file.problems.count == 1 && file.problems.first[0].line == OrganisationFile.lineLimit + 2)
    }

    /// Whatever is done to a good file, it is read or its lines are named; what is taken keeps the bounds of the registry.
    @Test func noDamageOfAFileTraps() {
        let good = Array(
            """
            organisation,name,prefix,country,quiet,mail,valid_from,vouched_by
            city-a,"City ""A"", ภูเก็ต",203.0.113.0/24,JP,22:00-06:00,soc@a.example,2026-01-01,"A. Person"
            city-b,City B,2001:db8::/48,TH,,soc@b.example,,
            city-b,,198.51.100.0/24,,,,2026-02-01T00:00:00Z,

            """.utf8)
        let pieces: [[UInt8]] = [
            [0], [0x22], [0x2C], [0x0A], [0x0D], [0xFF], [0xEF, 0xBB, 0xBF], [0xCC, 0x81], [0xE2, 0x80, 0xAE],
            [0x1B, 0x5B],
            [UInt8](repeating: 0x41, count: 40_000), [UInt8](repeating: 0x22, count: 999),
            Array("99999999999999999999".utf8),
            Array("::/0".utf8), Array("=cmd|'/c x'!A1".utf8), [0xF0, 0x9F], Array("9999-12-31".utf8), Array("-".utf8),
        ]
        for _ in 0..<1_500 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4) {
                let place = Int.random(in: 0...bytes.count)
                switch Int.random(in: 0..<4) {
                case 0: bytes.insert(contentsOf: pieces[Int.random(in: 0..<pieces.count)], at: place)
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0...30)))
                case 2: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255) }
                default: bytes.insert(contentsOf: good[..<Int.random(in: 0...good.count)], at: place)
                }
            }
            let lines = bytes.count { $0 == 0x0A } + 1
            let file = OrganisationFile(bytes)
            #expect(file.problems.first.allSatisfy { (1...lines).contains($0.line) && $0.cause.utf8.count < 1_000 })
            #expect(file.problems.first.count <= file.problems.count)
            for organisation in file.content.organisations {
                #expect((1...32).contains(organisation.code.utf8.count))
                #expect(organisation.settings[.name].map { $0.unicodeScalars.count <= 200 } ?? true)
                #expect(
                    organisation.settings.values.values.allSatisfy {
                        !($0 ?? "").unicodeScalars.contains(where: \.actsOnTerminals)
                    })
            }
        }
    }
}
