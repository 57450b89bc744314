import FlowModel
import Messaging
import Store

extension IngestState {
    /// An enrolled key: who it is and what it has in flight.
    struct Peer {
        /// Streams that are remembered as imports at most.
        private static let maximumImports = 64

        var member: EnrolledKey
        private(set) var batches = 0
        private(set) var bytes = 0
        var lookUps = 0
        var garbage: TokenBucket
        var hellos: TokenBucket
        /// Streams that are known to be captures of files; oldest first.
        private var imports: [Epoch] = []

        init(_ member: EnrolledKey, _ limits: IngestLimits) {
            self.member = member
            garbage = TokenBucket(capacity: limits.garbage, interval: limits.garbageForgivenessNanoseconds)
            hellos = TokenBucket(capacity: limits.hellos, interval: limits.helloNanoseconds)
        }

        /// `SITE/NAME`.
        var name: String { "\(member.siteCode)/\(member.sensorName)" }

        mutating func take(_ encodedBytes: Int) {
            batches += 1
            bytes += encodedBytes
        }

        mutating func release(_ encodedBytes: Int) {
            batches -= 1
            bytes -= encodedBytes
        }

        mutating func noteImport(_ epoch: Epoch) {
            guard !imports.contains(epoch) else { return }
            if imports.count == Peer.maximumImports { imports.removeFirst() }
            imports.append(epoch)
        }

        mutating func forgetImport(_ epoch: Epoch) { imports.removeAll { $0 == epoch } }

        func isImport(_ epoch: Epoch) -> Bool { imports.contains(epoch) }
    }

    /// A batch that has no outcome yet.
    struct Flight {
        enum Stage {
            /// Until its worker has room for one more decoded batch.
            case waiting
            case decoding
            case storing
        }

        /// Under which it is stored.
        let key: CurveKey
        let encoded: [UInt8]
        let decodedBytes: Int
        let receivedUnixMicroseconds: Int64
        let isImport: Bool
        var stage = Stage.waiting
        /// Who wants to hear of it; the first brought it.
        var carriers: [Carrier]
    }

    /// What is meant for one store worker.
    struct Lane {
        /// In the order of arrival; some may have been removed since.
        private var waiting: [BatchID] = []
        private var next = 0
        /// Of the batches that are being decoded or stored.
        var decodedBytes = 0

        mutating func append(_ id: BatchID) { waiting.append(id) }

        var first: BatchID? { next < waiting.count ? waiting[next] : nil }

        mutating func removeFirst() {
            next += 1
            // Moving the rest to the front is paid for by what was taken.
            if next * 2 > waiting.count {
                waiting.removeFirst(next)
                next = 0
            }
        }
    }
}
