import Datasets
import Testing

/// How different the delivered lists are.
@Suite struct ListStatisticsTests {
  private func statistics(_ lists: [[Int32]]) -> ListStatistics {
    ListStatistics(
      Recommendations(
        itemIDs: ["a", "b", "c"], titles: ["A", "B", "C"],
        lists: lists.enumerated().map { user, items in
          .init(
            user: "\(user)",
            entries: items.map {
              .init(
                item: $0, score: Float(user), recommenderScore: 0, languageModelScore: 0,
                source: .both)
            })
        }))
  }

  @Test func `different lists and different items are counted`() {
    let some = statistics([[0, 1], [1, 0], [0, 1], [2]])
    #expect(some.users == 4)
    #expect(some.lists == 3)
    #expect(some.items == 3)
    #expect(!some.areAllTheSame)
  }

  @Test func `the same list for everybody is noticed, whatever its scores`() {
    #expect(statistics([[0, 1], [0, 1], [0, 1]]).areAllTheSame)
    #expect(!statistics([[0, 1]]).areAllTheSame, "one user has nobody to be like")
  }
}
