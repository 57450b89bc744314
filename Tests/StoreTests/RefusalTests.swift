import FlowModel
import Testing
import WireFormat

@testable import Store

/// Data that the database cannot hold harms nothing but itself.
@Suite struct RefusalTests {
    @Test func aPoisonousBatchIsIsolatedAndTheOthersAreStored() throws {
        let scene = try Scene()
        try scene.connection.query("ALTER TABLE raw.batch ADD CONSTRAINT luck CHECK (sequence NOT IN (4, 13))")
        let outcomes = try scene.connection.store((1...16).map { scene.flows($0, records: 2) })
        for (index, outcome) in outcomes.enumerated() {
            if [4, 13].contains(index + 1) {
                guard case .rejected(let reason) = outcome else {
                    Issue.record("\(index + 1): \(outcome)")
                    continue
                }
                #expect(reason.contains("luck"))
            } else {
                #expect(outcome == .stored)
            }
        }
        #expect(try scene.value("SELECT count(*) FROM api.flow") == "28")
        #expect(
            try scene.rows("SELECT sequence, sqlstate, encoded FROM raw.dead_letter ORDER BY 1") == [
                "(4,23514,\"\\\\x010203\")", "(13,23514,\"\\\\x010203\")",
            ])
        #expect(try scene.connection.committed(sensor: scene.sensor, epoch: scene.epoch) == [1...3, 5...12, 14...16])
        _ = try scene.connection.store([scene.flows(13)])
        #expect(try scene.value("SELECT count(*) FROM raw.dead_letter") == "2")
    }

    @Test func whatTheTablesCannotHoldIsRejectedWithItsReason() throws {
        let scene = try Scene()
        func changed(_ change: (inout FlowBatch) -> Void) -> BatchContent {
            var random = SystemRandomNumberGenerator()
            var batch = Sample.batch(family: .ipv4, records: 2, using: &random)
            change(&batch)
            return .flows(batch)
        }
        func gap(_ entry: GapEntry) -> BatchContent {
            .gap(GapReport(reason: .dropped, epoch: scene.epoch, entries: [entry]))
        }
        let hostile: [(BatchContent, String)] = [
            (changed { $0.account.received = .max }, "received 18446744073709551615 exceeds 2^63-1"),
            (changed { $0.account.malformed[.ipv6Short] = 1 << 63 }, "ip6-short 9223372036854775808 exceeds 2^63-1"),
            (changed { $0.account.sensorVersion = "1\u{0}2" }, "sensor version"),
            (changed { $0.account.sensorVersion = "é" }, "sensor version"),
            (changed { $0.window = Window(containing: .max / 2, length: 60) }, "outside the years"),
            (changed { $0.window = Window(containing: .min / 2, length: 60) }, "outside the years"),
            (changed { $0.records[1].bytes = 1 << 63 }, "record 1: bytes"),
            (
                changed { $0.records[0].key.source = Address(ipv6: 1) },
                "record 0: an address is not of the batch's family"
            ),
            (changed { $0.records[0].lastMilliseconds = .max }, "record 0: times"),
            (changed { $0.records[0].exemplar.destination = 1 << 32 }, "record 0: a destination"),
            (changed { $0.records[0].signature = 4 }, "record 0: a signature"),
            (gap(GapEntry(sequence: .max)), "entry 0: sequence"),
            (gap(GapEntry(sequence: 1, from: .min, to: 0)), "entry 0: times"),
            (gap(GapEntry(sequence: 1, from: 5, to: 4)), "entry 0: times"),
            (gap(GapEntry(sequence: 1, packets: .max)), "entry 0: a number"),
        ]
        let group =
            hostile.enumerated().map { scene.pending($1.0, sequence: UInt64($0 + 1)) }
            + [scene.pending(changed { _ in }, sequence: .max), scene.pending(changed { _ in }, sequence: 0)]
        let reasons = hostile.map(\.1) + ["sequence number", "sequence number 0"]
        for (outcome, reason) in zip(try scene.connection.store(group), reasons) {
            guard case .rejected(let text) = outcome else {
                Issue.record("\(outcome) instead of \(reason)")
                continue
            }
            #expect(text.contains(reason))
        }
        #expect(try scene.value("SELECT count(*) FROM raw.dead_letter WHERE sqlstate = ''") == "\(group.count)")
        #expect(try scene.value("SELECT count(*) FROM raw.batch") == "0")
    }

    @Test func largestValuesThatFitAreStored() throws {
        let scene = try Scene()
        var account = CaptureAccount()
        account.kernelReceived = UInt64(Int64.max)
        account.shiftSeconds = .min
        account.clockOffsetMicroseconds = .max
        account.observedToMilliseconds = .max
        let batch = FlowBatch(window: Window(containing: 253_402_290_000, length: 3_600), part: .max, account: account)
        let last = UInt64(Int64.max) - 1
        #expect(try scene.connection.store([scene.pending(.flows(batch), sequence: last)]) == [.stored])
        #expect(try scene.connection.committed(sensor: scene.sensor, epoch: scene.epoch) == [last...last])
        #expect(try scene.value("SELECT kernel_received FROM api.account") == "\(Int64.max)")
    }

    @Test func aSetThatIsAllHolesIsBounded() throws {
        let scene = try Scene()
        #expect(try scene.connection.store([scene.flows(1)]) == [.stored])
        let entries = (1...9_000).map { GapEntry(sequence: UInt64($0) * 2 + 100) }
        let report = GapReport(reason: .dropped, epoch: scene.epoch, entries: entries)
        let outcome = try scene.connection.store([scene.pending(.gap(report), sequence: 2), scene.flows(3)])
        guard case .rejected = outcome[0] else {
            Issue.record("\(outcome[0])")
            return
        }
        #expect(outcome[1] == .stored)
    }

    @Test func deadLettersAreBounded() throws {
        let scene = try Scene()
        try scene.connection.query(
            """
            INSERT INTO raw.dead_letter (sensor, epoch, sequence, digest, received_at, sqlstate, reason, encoded)
            SELECT 1, '00000000-0000-0000-0000-000000000000', n, 0, now(), '', '', '' FROM generate_series(1, 1000) n
            """)
        let outcome = try scene.connection.store([scene.pending(scene.flows(1).content, sequence: 0)])
        #expect(outcome == [.rejected("sequence number 0 is not in 1...2^63-2")])
        #expect(try scene.value("SELECT count(*) FROM raw.dead_letter") == "1000")
    }
}
