import NIOCore
import NIOHTTPTypes
import Synchronization

/// Notices that a client has left, so that nothing is done for it any more: it has closed the connection, or its sending
/// side, which no client of ours does before its answer. Owned by: the event loop of its connection.
final class DepartureHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    /// Tells other threads of it.
    let departure = Departure()
    private let mostBodyBytes: Int
    private var bodyBytes = 0

    init(mostBodyBytes: Int) { self.mostBodyBytes = mostBodyBytes }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: bodyBytes = 0
        case .body(let buffer):
            bodyBytes += buffer.readableBytes
            // Nobody needs a body here: who goes on sending one is not listened to.
            guard bodyBytes <= mostBodyBytes else { return context.close(promise: nil) }
        case .end: break
        }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { departure.happen() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        departure.happen()
        context.fireChannelInactive()
    }
}

/// That a client has left. Any thread may use it.
final class Departure: Sendable {
    private struct State {
        var hasHappened = false
        var next: UInt64 = 0
        var actions: [UInt64: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    var hasHappened: Bool { state.withLock { $0.hasHappened } }

    func happen() {
        let actions = state.withLock { state in
            state.hasHappened = true
            defer { state.actions = [:] }
            return state.actions
        }
        for action in actions.values { action() }
    }

    /// Cancels the task that runs `body` when the client leaves, or has left.
    func cancelling<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = Task { try await body() }
        let key = state.withLock { state -> UInt64? in
            guard !state.hasHappened else { return nil }
            state.next += 1
            state.actions[state.next] = { task.cancel() }
            return state.next
        }
        guard let key else {
            task.cancel()
            return try await task.value
        }
        defer { state.withLock { $0.actions[key] = nil } }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
