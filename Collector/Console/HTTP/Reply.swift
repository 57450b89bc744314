import Alerts

/// An answer before it is a response of HTTP.
struct Reply: Sendable {
    var status = 200
    var mediaType: String
    var content: [UInt8]
    /// `no-store` for what changes all the time; else it may be kept, and is asked for again each time.
    var isStored = true
    var retryAfter: Int?
    var allowed: String?

    init(_ json: JSONValue, status: Int = 200, mediaType: String = "application/json", isStored: Bool = true) {
        self.init(Array(json.line.utf8), mediaType, status: status, isStored: isStored)
    }

    init(_ content: [UInt8], _ mediaType: String, status: Int = 200, isStored: Bool = true) {
        self.status = status
        self.mediaType = mediaType
        self.content = content
        self.isStored = isStored
    }

    init(_ problem: Problem) {
        self.init(problem.json, status: problem.status, mediaType: Problem.mediaType, isStored: false)
        retryAfter = problem.retryAfter
        allowed = problem.allowed
    }
}
