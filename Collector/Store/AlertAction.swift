/// What a person does with an alert.
package enum AlertAction: Sendable, Hashable {
    /// Take note of it: its growth is told no more in this episode.
    case acknowledge
    /// Have nothing told before that time, in Unix seconds.
    case suppress(until: Int64)
    /// Say that it is none: nothing is told until it is released.
    case falsePositive
    /// Take back all of that.
    case release
    /// Say that it is over; new evidence opens it again.
    case close

    /// What alert.history calls it.
    package var event: String {
        switch self {
        case .acknowledge: "acknowledged"
        case .suppress: "suppressed"
        case .falsePositive: "false-positive"
        case .release: "released"
        case .close: "closed"
        }
    }

    /// What comes of it for an alert that stands so; `.done` when it may be done.
    package func outcome(for alert: AlertStanding) -> AlertActionOutcome {
        switch self {
        case .acknowledge, .close:
            if alert.state == "watching" { return .notReported }
            if alert.state == "closed" { return .closed }
            return self == .acknowledge && alert.isAcknowledged ? .unchanged : .done
        case .suppress: return .done
        case .falsePositive: return alert.isFalsePositive ? .unchanged : .done
        case .release:
            return alert.isAcknowledged || alert.isSuppressed || alert.isFalsePositive ? .done : .unchanged
        }
    }
}

/// What an action looks at.
package struct AlertStanding: Sendable, Hashable {
    /// As alert.alert.state.
    package var state: String
    package var isAcknowledged = false
    /// Whether a time is set until which nothing is told, be it past or not.
    package var isSuppressed = false
    package var isFalsePositive = false

    package init(
        state: String, isAcknowledged: Bool = false, isSuppressed: Bool = false, isFalsePositive: Bool = false
    ) {
        self.state = state
        self.isAcknowledged = isAcknowledged
        self.isSuppressed = isSuppressed
        self.isFalsePositive = isFalsePositive
    }
}

/// What became of an action on one alert.
package enum AlertActionOutcome: Sendable, Hashable {
    case done
    /// There is no such alert.
    case unknownAlert
    /// It is only watched: there is nothing that was told or is about to be.
    case notReported
    /// It is closed already.
    case closed
    /// It stands so already.
    case unchanged
}

/// What became of the wish to send a test.
package enum TestNoticeOutcome: Sendable, Hashable {
    /// alert.notice.id; its messages are due.
    case made(notice: Int64)
    case unknownOrganisation
    /// It is served no more.
    case ended
    /// It has no contact.
    case noContact
}
