/// What a reader accepts at most, whatever a sender declares (SPEC.md §6). All in bytes unless said otherwise.
public enum WireLimits {
    /// One message on the socket.
    public static let messageBytes = 1 << 20
    /// One encoded batch: it fits a message with its envelope.
    public static let batchBytes = messageBytes - 4_096
    /// The body of a batch after decompression: the largest counts need less (SPEC.md §6).
    public static let bodyBytes = 2 << 20
    /// A body may be this many times longer than its compressed form, plus `ratioAllowance`.
    public static let ratio = 128
    public static let ratioAllowance = 64 << 10
    /// The header of a batch.
    public static let headerBytes = 4_096
    /// Fields in a message or a header.
    public static let fields = 256
    /// Ranges of sequence numbers in a message.
    public static let ranges = 1_024
    /// Text in a message: UTF-8.
    public static let textBytes = 200
    /// The sensor's version: ASCII.
    public static let versionBytes = 32
}
