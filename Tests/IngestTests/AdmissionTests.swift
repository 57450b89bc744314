import FlowModel
import Testing
import WireFormat

@testable import Ingest

@Suite struct AdmissionTests {
    private let admission = Admission(retentionSeconds: 3_600, futureSeconds: 300)

    private func objection(_ offset: Int64, _ capture: CaptureKind) throws -> String? {
        let encoded = try Batches.encoded(start: Story.start + offset, capture: capture)
        return admission.objection(to: try BatchSummary(encoded), unixMicroseconds: Story.start * 1_000_000)
    }

    // Story.start is the start of a window of 60 s.
    private static let cases: [(offset: Int64, capture: CaptureKind, isAdmitted: Bool)] = [
        (0, .live, true), (-60, .live, true), (300, .live, true), (360, .live, false), (1 << 40, .live, false),
        (-3_660, .live, true), (-3_720, .live, false), (-Story.start, .live, false), (-(1 << 40), .live, false),
        (0, .file, true), (300, .file, true), (360, .file, false), (-3_720, .file, true), (-Story.start, .file, true),
        (-(1 << 40), .file, true),
    ]

    @Test(arguments: cases) func admits(_ offset: Int64, _ capture: CaptureKind, _ isAdmitted: Bool) throws {
        #expect(try (objection(offset, capture) == nil) == isAdmitted)
    }

    @Test func theObjectionSaysWhichClockToSet() throws {
        #expect(
            try objection(360, .live)
                == "the window begins 360 s in the future: the collector's clock says 2025-11-24T16:00:00.000Z. "
                + "Set the sensor's clock")
        let old = try #require(try objection(-86_400, .live))
        #expect(old.contains("86340 s ago") && old.utf8.count <= WireLimits.textBytes)
    }

    @Test func aGapReportMayBeOfAnyTime() throws {
        let summary = try BatchSummary(try Batches.gap([1]))
        #expect(admission.objection(to: summary, unixMicroseconds: 0) == nil)
    }
}
