import FlowModel
import Testing
import WireFormat

@testable import darkscope

struct BatchExplainTests {
    @Test func numbersHaveTheDigitsThatAreAskedFor() {
        #expect(0.0.text(decimals: 1) == "0.0")
        #expect(0.04.text(decimals: 3) == "0.040")
        #expect(9.9996.text(decimals: 3) == "10.000")
        #expect(123.45.text(decimals: 1) == "123.5")
    }

    @Test func aBatchWithoutRecordsHasNoBytesPerRecord() throws {
        var account = CaptureAccount()
        account.capture = .file
        let bytes = try BatchEncoder().encode(
            FlowBatch(window: Window(containing: 0, length: 60), account: account))
        let explanation = try #require(try BatchDecoder().explain(bytes))
        #expect(explanation.table.lines.count == 4)
        let header = explanation.table.lines[1].split(separator: " ")
        #expect(header == ["(header)", "\(bytes.count)", "\(bytes.count)", "100.0", "%", "-"])
        guard case .object(let members) = explanation.json else { return #expect(Bool(false)) }
        #expect(members.first { $0.name == "bytes_per_record" }?.value == .null)
    }
}
