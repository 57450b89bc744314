import Testing

@testable import Store

@Suite struct RetentionPlanTests {
    private let plan = RetentionPlan(keptSeconds: 30 * 86_400)
    /// Noon of day 20,000.
    private let now: Int64 = 20_000 * 86_400 + 43_200

    private func day(_ number: Int64, _ state: FlowDay.State = .attached, arrived: Int64? = nil) -> FlowDay {
        FlowDay(number: number, state: state, newestArrival: arrived)
    }

    /// Today and the days to come are there already.
    private func actions(_ days: FlowDay...) -> [RetentionPlan.Action] {
        plan.actions(days + (20_000...20_002).map { day($0) }, now: now)
    }

    @Test func daysToComeAreMadeAhead() {
        #expect(plan.actions([day(20_001)], now: now) == [.attach(20_000), .attach(20_002)])
    }

    @Test func aDayGoesWhenItsEndIsAsOldAsFlowsAreKept() {
        // Day 19,969 ended 30.5 days ago, day 19,970 29.5.
        #expect(actions(day(19_968), day(19_969), day(19_970)) == [.detach(19_968), .detach(19_969)])
    }

    @Test func whatArrivedLatelyStaysHoweverOldItIs() {
        #expect(actions(day(10_000, arrived: now - 29 * 86_400)) == [])
        #expect(actions(day(10_000, arrived: now - 30 * 86_400)) == [.detach(10_000)])
    }

    @Test func aDayStaysUntilItsRollupsAreMade() {
        let marked = FlowDay(number: 10_000, state: .attached, newestArrival: nil, isMarked: true)
        let detached = FlowDay(number: 10_001, state: .detached, newestArrival: nil, isMarked: true)
        #expect(actions(marked, detached) == [.attach(10_001)])
    }

    @Test func anInterruptedDetachIsFinishedFirst() {
        #expect(
            actions(day(19_000, .detaching), day(19_999, .detaching))
                == [.finishDetaching(19_000), .finishDetaching(19_999)])
    }

    @Test func onlyExpiredDaysAreDroppedAndOthersReturn() {
        #expect(actions(day(19_000, .detached), day(19_999, .detached)) == [.drop(19_000), .attach(19_999)])
    }
}
