import Evaluation
import Foundations
import Testing

@Suite struct QuantileGroupsTests {
  @Test func `distinct counts give quarters of equal size, least active first`() {
    let groups = QuantileGroups(of: [80, 10, 70, 20, 60, 30, 50, 40]).groups
    #expect(groups.map(\.range) == [10...20, 30...40, 50...60, 70...80])
    #expect(groups.map(\.members) == [[1, 3], [5, 7], [4, 6], [0, 2]])
  }

  @Test func `users with equal counts share a group`() {
    let groups = QuantileGroups(of: [5, 5, 5, 5, 5, 7, 8, 9]).groups
    // The cuts after 2 and 4 users both move to after 5; the one after 6 stays.
    #expect(groups.map(\.range) == [5...5, 7...7, 8...9])
    #expect(groups.map(\.members) == [[0, 1, 2, 3, 4], [5], [6, 7]])
  }

  @Test func `one count for all gives one group`() {
    let groups = QuantileGroups(of: [3, 3, 3]).groups
    #expect(groups.map(\.members) == [[0, 1, 2]])
  }

  @Test func `no users give no groups`() {
    #expect(QuantileGroups(of: []).groups.isEmpty)
  }

  @Test(arguments: 1...9)
  func `every user is in one group and ranges do not overlap`(count: Int) {
    var random = SeededRandom(seed: UInt64(count))
    let interactions = (0..<97).map { _ in Int32.random(in: 1...40, using: &random) }
    let groups = QuantileGroups(of: interactions, count: count).groups
    #expect(groups.count == count)
    #expect(groups.flatMap(\.members).sorted() == Array(0..<97))
    for (one, next) in zip(groups, groups.dropFirst()) {
      #expect(one.range.upperBound < next.range.lowerBound)
    }
    for group in groups {
      #expect(group.members.allSatisfy { group.range.contains(interactions[$0]) })
    }
  }
}
