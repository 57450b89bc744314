import Hummingbird
import NIOCore

/// What is known of a request beside itself.
struct ConsoleContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// The other end of the connection.
    var peer: Approach.Peer { Approach.Peer(channel.remoteAddress) }

    /// That of the connection.
    func departure() async throws -> Departure {
        try await channel.pipeline.handler(type: DepartureHandler.self).map(\.departure).get()
    }
}
