import Glibc
import SystemCalls

/// Hands elements over between dedicated threads, oldest first, and makes the giver wait while it is full. Any number of
/// threads may give and take.
///
/// `@unchecked Sendable`: `state` is touched only under `mutex`.
package final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
    private var state: QueueState<Element>
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let hasElement = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let hasRoom = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// - Parameters:
    ///   - capacity: elements at most.
    ///   - maximumWeight: of all elements together; one that is heavier alone is accepted when the queue is empty.
    ///   - weigh: an element's weight, always the same, not negative; called under the lock.
    package init(
        capacity: Int, maximumWeight: Int = .max, weigh: @escaping @Sendable (Element) -> Int = { _ in 0 }
    ) {
        state = QueueState(capacity: capacity, maximumWeight: maximumWeight, weigh: weigh)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        defer { pthread_condattr_destroy(&attributes) }
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        for condition in [hasElement, hasRoom] {
            condition.initialize(to: pthread_cond_t())
            pthread_cond_init(condition, &attributes)
        }
    }

    deinit {
        for condition in [hasElement, hasRoom] {
            pthread_cond_destroy(condition)
            condition.deallocate()
        }
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Waits while the queue is full; false, and the element is not taken, once the queue is closed.
    @discardableResult
    package func push(_ element: Element) -> Bool {
        locked {
            while true {
                switch state.push(element) {
                case .accepted:
                    pthread_cond_signal(hasElement)
                    return true
                case .closed: return false
                case .full: pthread_cond_wait(hasRoom, mutex)
                }
            }
        }
    }

    /// False, and the element is not taken, when the queue is full or closed.
    package func tryPush(_ element: Element) -> Bool {
        locked {
            guard state.push(element) == .accepted else { return false }
            pthread_cond_signal(hasElement)
            return true
        }
    }

    /// The oldest element; waits for one, at most so long, a negative time for ever. Nil when the time is over, and when
    /// the queue is closed and empty.
    package func pop(milliseconds: Int32 = -1) -> Element? {
        var deadline = timespec()
        if milliseconds > 0 {
            let end = Clock.monotonicNanoseconds() + Int64(milliseconds) * 1_000_000
            deadline = timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
        }
        return locked {
            while true {
                if let element = state.pop() {
                    // Not one thread only: the room may fit another's element than that of the one that wakes.
                    pthread_cond_broadcast(hasRoom)
                    return element
                }
                if state.isClosed || milliseconds == 0 { return nil }
                if milliseconds < 0 {
                    pthread_cond_wait(hasElement, mutex)
                } else if pthread_cond_timedwait(hasElement, mutex, &deadline) == ETIMEDOUT {
                    return state.pop()
                }
            }
        }
    }

    /// Refuses elements from now on, and ends every wait. What is in the queue can still be taken.
    package func close() {
        locked {
            state.close()
            pthread_cond_broadcast(hasElement)
            pthread_cond_broadcast(hasRoom)
        }
    }

    package var isClosed: Bool { locked { state.isClosed } }

    /// Whether it is closed and empty: nothing will come out of it any more.
    package var isFinished: Bool { locked { state.isClosed && state.count == 0 } }

    package var count: Int { locked { state.count } }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
