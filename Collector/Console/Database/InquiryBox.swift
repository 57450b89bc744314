import Synchronization

/// Where a task leaves its question for whoever cancels it. Any thread may use it.
final class InquiryBox: Sendable {
    private let held = Mutex<(inquiry: Inquiry?, isCancelled: Bool)>((nil, false))

    /// - Returns: whether it is cancelled already.
    func hold(_ inquiry: Inquiry) -> Bool {
        held.withLock { held in
            held.inquiry = inquiry
            return held.isCancelled
        }
    }

    /// - Returns: the question that is to be cancelled; nil when there is none yet.
    func cancel() -> Inquiry? {
        held.withLock { held in
            held.isCancelled = true
            return held.inquiry
        }
    }
}
