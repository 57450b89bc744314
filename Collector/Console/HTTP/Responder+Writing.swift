import HTTPTypes
import Hummingbird
import NIOCore

extension Responder {
    /// The reply as this client takes it: not at all when it has it, compressed when it likes.
    func write(_ reply: Reply, for request: Request) -> Response {
        var headers: HTTPFields = [
            .contentType: reply.mediaType, .cacheControl: reply.caching.rawValue,
        ]
        if let seconds = reply.retryAfter { headers[.retryAfter] = "\(seconds)" }
        if let allowed = reply.allowed { headers[.allow] = allowed }
        if let cookie = reply.cookie { headers[.setCookie] = cookie }
        // RFC 9110 §11.6.1 wants a challenge; no browser asks for a password because of this one.
        if reply.status == 401 { headers[.wwwAuthenticate] = "Session" }
        if let name = reply.fileName { headers[.contentDisposition] = "attachment; filename=\"\(name)\"" }
        var content = reply.content
        if content.count >= Coding.least {
            headers[.vary] = "Accept-Encoding"
            if let coding = Coding.accepted(by: request.headers[.acceptEncoding]), let shorter = coding.encoded(content)
            {
                headers[.contentEncoding] = coding.rawValue
                content = shorter
            }
        }
        var status = HTTPResponse.Status(code: reply.status)
        if reply.status == 200, reply.caching != .none {
            let tag = EntityTag(of: reply.content, isCompressed: headers[.contentEncoding] != nil)
            headers[.eTag] = tag.text
            if let known = request.headers[.ifNoneMatch], tag.isMatched(by: known) {
                status = .notModified
                headers[.contentType] = nil
                headers[.contentEncoding] = nil
                return Response(status: status, headers: headers)
            }
        }
        headers[.contentLength] = "\(content.count)"
        if request.method == .head { return Response(status: status, headers: headers) }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: content)))
    }

    /// What keeps a browser from doing with an answer what it is not for.
    static func secure(_ response: inout Response) {
        for (name, value) in protections {
            if let name = HTTPField.Name(name) { response.headers[name] = value }
        }
    }

    private static let protections: [(String, String)] = [
        (
            "Content-Security-Policy",
            "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
        ),
        ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ]
}
