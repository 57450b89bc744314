package import Messaging

/// What an `IngestService` is made with.
package struct IngestSettings: Sendable {
    /// Numeric endpoints, such as `tcp://0.0.0.0:4747`; at least one.
    package var endpoints: [String]
    package var secretKey: CurveSecretKey
    /// libpq connection string or URI.
    package var conninfo: String
    /// Threads that decode.
    package var decoders: Int
    /// Threads that store, with a connection each.
    package var writers: Int
    package var admission: Admission
    package var limits = IngestLimits()

    package init(
        endpoints: [String], secretKey: CurveSecretKey, conninfo: String, decoders: Int, writers: Int,
        admission: Admission
    ) {
        self.endpoints = endpoints
        self.secretKey = secretKey
        self.conninfo = conninfo
        self.decoders = decoders
        self.writers = writers
        self.admission = admission
    }
}
