import HTTPTypes
import Hummingbird
import NIOCore

extension Responder {
    /// A stream of what those are told who see as much as the visitor. It ends with the session.
    func follow(_ request: Request, _ context: ConsoleContext, _ visitor: Visitor) async throws(Problem) -> Response {
        let last = HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }
        guard let audience = visitor.audience else {
            throw Problem(403, "This is not for your role", "the account has no site whose events it could follow")
        }
        let departure: Departure
        do {
            departure = try await context.departure()
        } catch {
            throw .unavailable("the client has left", retryAfter: 1)
        }
        guard let hub = hubs.join(audience) else {
            throw .unavailable("too many follow the events already", retryAfter: 30)
        }
        let (seat, followed, latest) = (FollowerSeat(hubs), reception.followed, hub.latest)
        // Who comes back goes on where it was; who is new gets the last minutes.
        let known = last.flatMap { ConsoleEvent.number(in: $0, start: hub.start) }
        let begin = known ?? (last == nil ? (latest > 15 ? latest - 15 : 0) : .max)
        var response = Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                let over = Departure()
                let key = visitor.token.flatMap { token in followed?.join(token) { over.happen() } }
                defer {
                    if let key { followed?.leave(key) }
                    seat.leave()
                }
                try await Responder.feed(&writer, from: begin, hub, departure, over)
                try await writer.finish(nil)
            })
        if let name = HTTPField.Name("X-Accel-Buffering") { response.headers[name] = "no" }
        return response
    }

    /// Returns when there will be nothing more, or the session is over.
    private static func feed(
        _ writer: inout any ResponseBodyWriter, from begin: UInt64, _ hub: EventHub, _ departure: Departure,
        _ over: Departure
    ) async throws {
        var (number, beats) = (begin, UInt64?.none)
        try await writer.write(ByteBuffer(string: "retry: 3000\n\n"))
        while true {
            let (place, seen) = (number, beats)
            let (news, now): (EventHub.News, UInt64?)
            do {
                (news, now) = try await departure.cancelling {
                    try await over.cancelling {
                        var beats = seen
                        let news = try await hub.news(after: place, beats: &beats)
                        return (news, beats)
                    }
                }
            } catch  where over.hasHappened {
                return
            }
            beats = now
            switch news {
            case .events(let events):
                try await writer.write(ByteBuffer(string: events.map { $0.text(start: hub.start) }.joined()))
                number = events.last?.number ?? number
            case .missed(let latest):
                // Its number is that of the newest, so that who comes back after it goes on there.
                let event = ConsoleEvent(number: latest, name: "missed", data: "{}")
                try await writer.write(ByteBuffer(string: event.text(start: hub.start)))
                number = latest
            case .heartbeat: try await writer.write(ByteBuffer(string: ":\n\n"))
            case .ended: return
            }
        }
    }
}
