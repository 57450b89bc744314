import Testing

@testable import Store

@Suite struct GroupPlanTests {
    @Test func neighboursBecomeOneRange() {
        #expect(GroupPlan.multirange([]) == "{}")
        #expect(GroupPlan.multirange([3, 1, 2, 7, 9, 8, 20, 2]) == "{[1,4),[7,10),[20,21)}")
    }

    @Test func literalsQuoteWhatWouldEndThem() {
        #expect(Literal.array([#"a"b\c,{}"#]) == #"{"a\"b\\c,{}"}"#)
        #expect(Literal.bytes([0, 10, 255]) == "\\x000aff")
        #expect(Literal.array([1, nil, -3] as [Int?]) == "{1,NULL,-3}")
    }
}
