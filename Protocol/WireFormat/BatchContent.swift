public import FlowModel

/// What one sequence number of a stream carries.
public enum BatchContent: Sendable, Hashable {
    case flows(FlowBatch)
    case gap(GapReport)
}
