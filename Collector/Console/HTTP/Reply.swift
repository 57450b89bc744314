import Alerts

/// An answer before it is a response of HTTP.
struct Reply: Sendable {
    /// What a client may keep of it (RFC 9111 §5.2.2).
    enum Caching: String, Sendable {
        /// Nothing: it changes all the time.
        case none = "no-store"
        /// All, when it asks each time whether it has changed.
        case revalidated = "no-cache"
        /// As that, by who asked alone: it is what they may see.
        case personal = "private, no-cache"
        /// All: its address changes with it.
        case forever = "public, max-age=31536000, immutable"
    }

    var status = 200
    var mediaType: String
    var content: [UInt8]
    var caching = Caching.revalidated
    var retryAfter: Int?
    var allowed: String?
    /// What Set-Cookie says.
    var cookie: String?
    /// What a browser keeps it as, instead of showing it; letters, digits, `.`, `-` and `_`.
    var fileName: String?

    init(_ json: JSONValue, status: Int = 200, mediaType: String = "application/json", caching: Caching = .revalidated)
    {
        self.init(Array(json.line.utf8), mediaType, status: status, caching: caching)
    }

    init(_ content: [UInt8], _ mediaType: String, status: Int = 200, caching: Caching = .revalidated) {
        self.status = status
        self.mediaType = mediaType
        self.content = content
        self.caching = caching
    }

    init(_ problem: Problem) {
        self.init(problem.json, status: problem.status, mediaType: Problem.mediaType, caching: .none)
        retryAfter = problem.retryAfter
        allowed = problem.allowed
    }
}
