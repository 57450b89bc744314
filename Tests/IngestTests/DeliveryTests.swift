import FlowModel
import Ingest
import Messaging
import Runtime
import Store
import Support
import Synchronization
import SystemCalls
import Testing
import WireFormat

/// From a sensor's socket to SQL, over CURVE and with a real database.
@Suite struct DeliveryTests {
    /// A window of the present.
    private let start = Clock.wallNanoseconds() / 1_000_000_000 - 120

    private func batches(_ count: UInt64, records: Int = 3) throws -> [UInt64: [UInt8]] {
        var batches: [UInt64: [UInt8]] = [:]
        for sequence in 1...count {
            batches[sequence] = try Batches.encoded(
                records: records, start: start + Int64(sequence) % 2 * 60, salt: UInt32(sequence) << 8)
        }
        return batches
    }

    @Test func everyBatchThreeTimesAndReorderedIsInSQLOnce() throws {
        let collector = try Collector()
        let sensor = try collector.sensor()
        let batches = try batches(30)
        var order = (batches.keys.sorted() + batches.keys + batches.keys).shuffled()
        while !order.isEmpty {
            let some = order.suffix(8)
            order.removeLast(some.count)
            sensor.forgetAcknowledgements()
            for sequence in some { sensor.send(sequence, batches[sequence] ?? []) }
            #expect(try sensor.wait { $0.acknowledged == Set(some) })
        }
        #expect(sensor.refused.isEmpty)
        #expect(try collector.value("SELECT count(*) || ' ' || count(DISTINCT sequence) FROM raw.batch") == "30 30")
        #expect(try collector.value("SELECT sum(packets) || ' ' || count(*) FROM api.flow") == "180 90")
        #expect(try collector.value("SELECT committed FROM raw.stream") == "{[1,31)}")
    }

    @Test func aWelcomeSaysWhatIsStored() throws {
        let collector = try Collector()
        let sensor = try collector.sensor()
        for (sequence, bytes) in try batches(3) where sequence != 2 { sensor.send(sequence, bytes) }
        #expect(try sensor.wait { $0.acknowledged == [1, 3] })
        sensor.send(
            .hello(Hello(epoch: Story.epoch, isImport: false, firstSequence: 1, nextSequence: 4, sensorVersion: "1")))
        #expect(try sensor.wait { $0.welcome != nil })
        #expect(sensor.welcome?.committed == [1...1, 3...3] && sensor.welcome?.version == 1)
    }

    @Test func aStrangerIsRefusedUntilItIsRegistered() throws {
        let collector = try Collector()
        let other = try collector.sensor("beta")
        let pair = try CurveKeyPair.generate()
        #expect(try Sensor(collector, pair).outcome() == .handshakeFailed(.refused(status: 400)))
        try collector.register("alpha", pair.publicKey)
        let start = Clock.monotonicNanoseconds()
        let sensor = try #require(try collector.sensor(pair))
        #expect(Clock.monotonicNanoseconds() - start < 1_000_000_000)
        for (sequence, bytes) in try batches(2) { sensor.send(sequence, bytes) }
        #expect(try sensor.wait { $0.acknowledged == [1, 2] })
        other.send(1, try #require(try batches(1)[1]))
        #expect(try other.wait { $0.acknowledged == [1] })
    }

    @Test func aRevokedSensorIsCutWithinASecondAndOthersAreServed() throws {
        let collector = try Collector()
        let (revoked, other) = (try collector.sensor("alpha"), try collector.sensor("beta"))
        let content = try #require(try batches(1)[1])
        revoked.send(1, content)
        #expect(try revoked.wait { $0.acknowledged == [1] })
        try collector.sql.run("UPDATE meta.sensor_key SET revoked_at = now() WHERE sensor = 1")
        let start = Clock.monotonicNanoseconds()
        #expect(revoked.isCut())
        #expect(Clock.monotonicNanoseconds() - start < 1_000_000_000)
        #expect(try Sensor(collector, revoked.pair).outcome() == .handshakeFailed(.refused(status: 400)))
        other.send(1, content)
        #expect(try other.wait { $0.acknowledged == [1] })
        #expect(try collector.value("SELECT count(*) FROM raw.batch WHERE sensor = 1") == "1")
    }

    @Test func aPoisonousBatchIsADeadLetterAndTheOthersAreStored() throws {
        let collector = try Collector()
        try collector.sql.run("ALTER TABLE raw.batch ADD CONSTRAINT luck CHECK (sequence <> 4)")
        let sensor = try collector.sensor()
        for (sequence, bytes) in try batches(8) { sensor.send(sequence, bytes) }
        #expect(try sensor.wait { $0.acknowledged.count + $0.refused.count == 8 })
        #expect(sensor.acknowledged == [1, 2, 3, 5, 6, 7, 8])
        let nak = try #require(sensor.refused.first)
        #expect(nak.sequence == 4 && nak.reason == .storage && !nak.isRetryable && nak.text.contains("luck"))
        #expect(try collector.value("SELECT sequence FROM raw.dead_letter") == "4")
        #expect(try collector.value("SELECT count(*) FROM api.flow") == "21")
    }

    @Test func aClonedSensorsBatchIsRefusedAndAnAlarmIsRecorded() throws {
        let collector = try Collector()
        let sensor = try collector.sensor()
        sensor.send(1, try Batches.encoded(start: start))
        #expect(try sensor.wait { $0.acknowledged == [1] })
        sensor.send(1, try Batches.encoded(start: start, salt: 1))
        #expect(try sensor.wait { !$0.refused.isEmpty })
        #expect(sensor.refused.map(\.reason) == [.conflictingDigest])
        #expect(try collector.value("SELECT conflicts FROM api.stream") == "1")
    }

    @Test func backendsTerminatedInTheMiddleLoseNothing() throws {
        let collector = try Collector()
        let sensor = try collector.sensor()
        let batches = try batches(60, records: 200)
        var open: Set<UInt64> = []
        var next: UInt64 = 1
        while next <= 60 || !open.isEmpty {
            while open.count < 8, next <= 60 {
                sensor.send(next, batches[next] ?? [])
                open.insert(next)
                next += 1
            }
            if next % 3 == 0 {
                try collector.sql.run(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name LIKE 'darkscope-collector%'
                    """)
            }
            let before = open
            try #require(try sensor.wait { !$0.acknowledged.isDisjoint(with: before) })
            open.subtract(sensor.acknowledged)
        }
        #expect(sensor.refused.isEmpty)
        #expect(try collector.value("SELECT count(*) FROM raw.batch") == "60")
        #expect(try collector.value("SELECT count(*) FROM api.flow") == "12000")
    }

    @Test func whileTheDatabaseIsAwayNothingIsAcknowledgedAndThenEverything() throws {
        let collector = try Collector()
        let sensor = try collector.sensor()
        try collector.database.setAway(true, sparing: collector.sql)
        for (sequence, bytes) in try batches(6) { sensor.send(sequence, bytes) }
        sensor.send(
            .hello(Hello(epoch: Story.epoch, isImport: false, firstSequence: 1, nextSequence: 7, sensorVersion: "1")))
        #expect(try sensor.wait { !$0.refused.isEmpty })
        #expect(sensor.refused.map(\.reason) == [.busy] && sensor.refused[0].sequence == 0)
        #expect(sensor.acknowledged.isEmpty)
        try collector.database.setAway(false, sparing: collector.sql)
        #expect(try sensor.wait { $0.acknowledged.count == 6 })
        #expect(try collector.value("SELECT count(*) FROM api.flow") == "18")
    }

    @Test func aBatchOnWhichTheDatabaseFailsDoesNotKeepBackTheOthers() throws {
        let collector = try Collector()
        try collector.sql.run(
            """
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN RAISE EXCEPTION ''no memory'' USING ERRCODE = ''53200''; END';
            CREATE TRIGGER fail BEFORE INSERT ON raw.batch FOR EACH ROW WHEN (NEW.sequence = 4) EXECUTE FUNCTION fail()
            """)
        let sensor = try collector.sensor()
        for (sequence, bytes) in try batches(8) { sensor.send(sequence, bytes) }
        #expect(try sensor.wait { $0.acknowledged == [1, 2, 3, 5, 6, 7, 8] })
        try collector.sql.run("DROP TRIGGER fail ON raw.batch")
        #expect(try sensor.wait { $0.acknowledged.contains(4) })
        #expect(sensor.refused.isEmpty)
        #expect(try collector.value("SELECT count(*) FROM api.flow") == "24")
    }

    @Test func aKeyThatSendsGarbageIsCutAndOthersAreServed() throws {
        let collector = try Collector()
        let (rogue, other) = (try collector.sensor("alpha"), try collector.sensor("beta"))
        var isCut = false
        #expect(
            eventually {
                if !rogue.socket.send([1, 2, 3]) { rogue.socket.wait(milliseconds: 5) }
                isCut = isCut || rogue.hasClosed()
                return isCut
            })
        other.send(1, try Batches.encoded(start: start))
        #expect(try other.wait { $0.acknowledged == [1] })
    }

    @Test func noKeyIsAdmittedBeforeItWasSeenInTheDatabase() throws {
        let database = try TestDatabase(migrated: false)
        let collector = try Collector(database)
        let pair = try CurveKeyPair.generate()
        #expect(try Sensor(collector, pair).outcome() == .handshakeFailed(.refused(status: 400)))
        _ = try database.connect().migrate()
        try collector.register("alpha", pair.publicKey)
        let sensor = try #require(try collector.sensor(pair))
        sensor.send(1, try Batches.encoded(start: start))
        #expect(try sensor.wait { $0.acknowledged == [1] })
    }

    @Test func stoppingFinishesWhatIsOnItsWay() throws {
        let collector = try Collector()
        let sensor = try collector.sensor()
        let blocker = try collector.database.session()
        try blocker.run("BEGIN; LOCK TABLE raw.batch IN SHARE MODE")
        for (sequence, bytes) in try batches(5) { sensor.send(sequence, bytes) }
        #expect(try collector.isStoringStuck())
        let service = collector.service
        let isDrained = Atomic(false)
        // On a thread of its own: tests may hold all threads of the cooperative pool.
        let stopping = try Worker(name: "stop") { isDrained.store(service.stop(within: 20_000), ordering: .relaxed) }
        collector.isStopped = true
        try blocker.run("COMMIT")
        // Read at once: libzmq throws away what its user has not read when the connection ends.
        #expect(try sensor.wait { $0.hasClosed() })
        stopping.join()
        let wasDrained = isDrained.load(ordering: .relaxed)
        #expect(wasDrained)
        let stored = try collector.sql.run("SELECT sequence FROM raw.batch").compactMap { UInt64($0[0]) }
        #expect(sensor.acknowledged == Set(stored))
    }

    @Test func aStalledDatabaseDoesNotHoldUpTheStop() throws {
        let collector = try Collector()
        let sensor = try collector.sensor()
        let blocker = try collector.database.session()
        try blocker.run("BEGIN; LOCK TABLE raw.batch IN SHARE MODE")
        for (sequence, bytes) in try batches(5) { sensor.send(sequence, bytes) }
        #expect(try collector.isStoringStuck())
        let start = Clock.monotonicNanoseconds()
        #expect(!collector.service.stop(within: 300))
        #expect(Clock.monotonicNanoseconds() - start < 5_000_000_000)
        collector.isStopped = true
        #expect(try sensor.wait { _ in true } && sensor.acknowledged.isEmpty)
        try blocker.run("COMMIT")
    }
}

extension Collector {
    /// Whether a store worker comes to wait for a lock.
    fileprivate func isStoringStuck() throws -> Bool {
        try eventually {
            try value(
                """
                SELECT count(*) > 0 FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'COPY%'
                """) == "t"
        }
    }
}
