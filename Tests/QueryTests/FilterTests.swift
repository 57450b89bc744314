import FlowModel
import Testing

@testable import Query

/// What filters mean, and that they are written as they are read.
@Suite struct FilterTests {
    static func term(_ field: FilterField, _ comparison: Filter.Comparison, _ values: FilterValue...) -> Filter {
        .term(.init(field, comparison, values))
    }

    private static let tcp = term(.proto, .equals, .word("tcp"))
    private static let scanner = term(.scanner, .holds)
    private static let backscatter = term(.backscatter, .holds)

    @Test(arguments: [
        ("proto = tcp", tcp),
        ("PROTO=TCP", tcp),
        ("class != udp-probe", term(.class, .differs, .word("udp-probe"))),
        ("port < 1024", term(.port, .less, .number(1_024))),
        ("port<=1024", term(.port, .lessOrEqual, .number(1_024))),
        ("port > 0", term(.port, .greater, .number(0))),
        ("port >= 65535", term(.port, .greaterOrEqual, .number(65_535))),
        ("port in (23, 2323,0080)", term(.port, .isIn, .number(23), .number(2_323), .number(80))),
        ("port not in (23)", .not(term(.port, .isIn, .number(23)))),
        ("country = cn", term(.country, .equals, .word("CN"))),
        ("country in (SG, Unknown)", term(.country, .isIn, .word("SG"), .word("unknown"))),
        ("asn = AS64500", term(.asn, .equals, .number(64_500))),
        ("asn != unknown", term(.asn, .differs, .word("unknown"))),
        ("site = SG-1", term(.site, .equals, .word("sg-1"))),
        ("sensor = and", term(.sensor, .equals, .word("and"))),
        ("source = 192.0.2.0/24", term(.source, .equals, .block(Prefix("192.0.2.0/24")!))),
        ("source = 2001:DB8::1", term(.source, .equals, .block(Prefix("2001:db8::1")!))),
        ("family = 6", term(.family, .equals, .number(6))),
        ("tool = none", term(.tool, .equals, .word("none"))),
        ("signature = -2334582616087533885", term(.signature, .equals, .number(-2_334_582_616_087_533_885))),
        ("scanner", scanner),
        ("not backscatter", .not(backscatter)),
    ])
    func everyComparisonIsRead(_ text: String, _ filter: Filter) throws {
        #expect(try FilterParser.parse(text) == filter)
        #expect(try FilterParser.parse(filter.description) == filter)
    }

    @Test func notBindsBeforeAndBeforeOr() throws {
        #expect(
            try FilterParser.parse("scanner or not proto = tcp and backscatter")
                == .any([Self.scanner, .all([.not(Self.tcp), Self.backscatter])]))
        #expect(
            try FilterParser.parse("(scanner or proto = tcp) and not (backscatter and scanner)")
                == .all([.any([Self.scanner, Self.tcp]), .not(.all([Self.backscatter, Self.scanner]))]))
        #expect(try FilterParser.parse("not not scanner") == .not(.not(Self.scanner)))
    }

    @Test func partsOfPartsAreParts() throws {
        let three = Filter.all([Self.scanner, Self.tcp, Self.backscatter])
        for text in [
            "scanner and proto = tcp and backscatter", "(scanner and proto = tcp) and backscatter",
            "((scanner)) and (proto = tcp and (backscatter))",
        ] {
            #expect(try FilterParser.parse(text) == three)
        }
    }

    @Test(arguments: ["", " ", "\t\n"])
    func nothingIsEverything(_ text: String) throws {
        #expect(try FilterParser.parse(text) == nil)
    }

    @Test func theExampleOfTheManualIsReadAndWritten() throws {
        let text = "proto = tcp and port in (23, 2323) and country != CN and site = sg-1 and not scanner"
        #expect(try FilterParser.parse(text)?.description == text)
    }

    /// A filter with `depth` levels at most.
    static func random(_ depth: Int, using random: inout some RandomNumberGenerator) -> Filter {
        switch depth == 0 ? 3 : Int.random(in: 0..<6, using: &random) {
        case 0:
            return .conjunction(
                (0..<Int.random(in: 2...3, using: &random)).map { _ in self.random(depth - 1, using: &random) })
        case 1:
            return .disjunction(
                (0..<Int.random(in: 2...3, using: &random)).map { _ in self.random(depth - 1, using: &random) })
        case 2: return .not(self.random(depth - 1, using: &random))
        default: return randomTerm(using: &random)
        }
    }

    private static func randomTerm(using random: inout some RandomNumberGenerator) -> Filter {
        guard let field = FilterField.allCases.randomElement(using: &random), !field.isFlag else { return scanner }
        func value() -> FilterValue {
            switch field {
            case .proto: .word(["tcp", "udp", "icmp", "other"].randomElement(using: &random) ?? "tcp")
            case .class: .word((TrafficClass.allCases.randomElement(using: &random) ?? .other).name)
            case .port: .number(.random(in: 0...65_535, using: &random))
            case .country: .word(["SG", "unknown", "TH"].randomElement(using: &random) ?? "SG")
            case .asn: .number(.random(in: 1...4_294_967_295, using: &random))
            case .site, .sensor: .word(["and", "not", "th-1", "0", "in"].randomElement(using: &random) ?? "x")
            case .family: .number(Bool.random(using: &random) ? 4 : 6)
            case .tool: .word(["mirai", "none"].randomElement(using: &random) ?? "none")
            case .signature: .number(.random(in: Int64.min ... -1, using: &random))
            case .source:
                .block(
                    Bool.random(using: &random)
                        ? Prefix(
                            Address(ipv4: .random(in: 0 ... .max, using: &random)),
                            length: .random(in: 0...32, using: &random))!
                        : Prefix(
                            Address(ipv6: .random(in: 0 ... .max, using: &random)),
                            length: .random(in: 0...128, using: &random))!)
            case .scanner, .backscatter: .number(0)
            }
        }
        let comparisons: [Filter.Comparison] =
            field.isOrdered
            ? [.equals, .differs, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn] : [.equals, .differs, .isIn]
        guard let comparison = comparisons.randomElement(using: &random) else { return scanner }
        let count = comparison == .isIn ? Int.random(in: 1...4, using: &random) : 1
        return .term(.init(field, comparison, (0..<count).map { _ in value() }))
    }

    @Test func whatIsWrittenIsReadAsTheSame() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<3_000 {
            let filter = Self.random(4, using: &random)
            guard filter.description.utf8.count <= FilterParser.longestText else { continue }
            do throws(FilterError) {
                #expect(try FilterParser.parse(filter.description) == filter)
            } catch {
                // The generator may make more terms than a filter may have.
                #expect(error.problem == "too many conditions", "\(filter)")
            }
        }
    }

    @Test func theChoiceOfScannersIsTakenOutOfConjunctsOnly() throws {
        func split(_ text: String) throws -> (ScannerChoice, String?) {
            let (choice, rest) = try #require(try FilterParser.parse(text)).splittingScanners()
            return (choice, rest?.description)
        }
        #expect(try split("scanner") == (.only, nil))
        #expect(try split("not scanner and port = 23") == (.without, "port = 23"))
        #expect(try split("scanner or port = 23") == (.all, "scanner or port = 23"))
        #expect(try split("scanner and not scanner") == (.only, "not scanner"))
        #expect(try split("port = 1 and scanner and scanner and port = 2") == (.only, "port = 1 and port = 2"))
    }
}
