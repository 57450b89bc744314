/// What became of an attempt to deliver.
package enum DeliveryOutcome: Sendable, Hashable {
    /// The receiver took it over.
    case delivered(String)
    /// It failed in a way that may pass.
    case retry(String)
    /// It can never succeed as it is.
    case dead(String)
}
