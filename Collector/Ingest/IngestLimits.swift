/// What a collector grants and holds at most.
package struct IngestLimits: Sendable, Equatable {
    /// Batches of one key in flight, and what WELCOME tells sensors.
    package var credit: UInt16 = 8
    /// Encoded bytes of one key in flight. Less than `credit` messages of the greatest size would refuse sensors that
    /// keep to their credit.
    package var bytesPerKey = 8 << 20
    /// Encoded bytes in flight of all keys together.
    package var encodedBytes = 48 << 20
    /// Bytes of decoded batches that are meant for one store worker.
    package var decodedBytesPerWorker = 16 << 20
    /// Streams of one key that wait to be looked up.
    package var lookUpsPerKey = 4
    /// Connections that wait for the outcome of one batch or one look-up: a sensor that reconnects has a new one.
    package var carriers = 8
    /// Undecodable messages and batches of one key before its connections are cut, and how long until one is forgiven.
    package var garbage = 32
    package var garbageForgivenessNanoseconds: Int64 = 1_000_000_000
    /// HELLOs of one key at once, and how long until another is allowed: each costs a query.
    package var hellos = 64
    package var helloNanoseconds: Int64 = 100_000_000
    /// What a decoded batch counts beside its records, in bytes: it bounds how many small ones are let out at a time.
    static let bytesPerBatch = 16 << 10

    /// Batches that can be with the decoders, or with one store worker, at a time.
    var batchesPerWorker: Int { decodedBytesPerWorker / IngestLimits.bytesPerBatch + 1 }

    package init() {}
}
