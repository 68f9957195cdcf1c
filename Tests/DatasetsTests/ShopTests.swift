import Datasets
import Testing

@Suite struct ShopTests {
  private let raw = generateShop()

  @Test func `Sizes are those asked for, and the same options give the same shop`() {
    #expect(raw.users.count == 2000 && raw.items.count == 2500 && raw.interactionCount == 17_500)
    #expect(raw == generateShop())
    #expect(raw != generateShop(ShopOptions(seed: 2)))
    let pairs = zip(raw.interactionUsers, raw.interactionItems).map { Int($0) * 2500 + Int($1) }
    #expect(Set(pairs).count == 17_500)
    #expect(leaveOneOut(raw).test.count == 2000)
    let small = generateShop(ShopOptions(users: 3, items: 8, interactions: 12))
    #expect(small.interactionCount == 12)
  }

  @Test func `Most users and items are thin, and a few are not`() {
    let split = leaveOneOut(raw)
    let activity = (0..<split.users.count).map { split.train.count(of: $0) }.sorted()
    #expect(activity[1000] <= 4 && activity[1990] >= 40)
    let popularity = split.train.itemFrequencies().sorted()
    #expect(popularity[popularity.count / 2] <= 4)
    #expect((popularity.last ?? 0) >= 80)
  }

  @Test(arguments: [0, 0.8, 1])
  func `An item without a title has its identifier and no category`(untitled: Double) {
    let raw = generateShop(ShopOptions(untitled: untitled))
    let categories = raw.items.attribute("category")?.values ?? []
    let bare = raw.items.titles.indices.filter { raw.items.titles[$0] == raw.items.ids[$0] }
    #expect(abs(Double(bare.count) / 2500 - untitled) < 0.05)
    #expect(bare.allSatisfy { categories[$0].isEmpty })
    #expect(Set(raw.items.titles).count == 2500)
  }

  /// Share of the test items among the ten best of a score, of users by turns.
  private func hits(_ split: Split, _ score: (_ history: [Int], Int) -> Double) -> Double {
    let users = Array(stride(from: 0, to: split.users.count, by: 5))
    let found = users.count { user in
      let known = split.train.items(of: user) + [split.validation.items[user]]
      let history = known.map { Int($0) }
      let mark = score(history, Int(split.test.items[user]))
      let better = (0..<split.catalogue.count).count {
        !known.contains(Int32($0)) && score(history, $0) >= mark
      }
      return mark > 0 && better <= 10
    }
    return Double(found) / Double(users.count)
  }

  @Test func `Neighbours beat popularity, and order beats neighbours`() {
    let split = leaveOneOut(raw)
    let items = split.catalogue.count
    let popularity = split.train.itemFrequencies().map(Double.init)
    var together = [Float](repeating: 0, count: items * items)
    var successions = together
    for user in 0..<split.users.count {
      let history = split.train.items(of: user).map { Int($0) }
      for first in history {
        for second in history where first != second { together[first * items + second] += 1 }
      }
      for (first, second) in zip(history, history.dropFirst()) {
        successions[first * items + second] += 1
      }
    }
    let chance = hits(split) { _, item in popularity[item] }
    let neighbours = hits(split) { history, item in
      history.reduce(0) { $0 + Double(together[$1 * items + item]) }
    }
    let order = hits(split) { history, item in
      history.reduce(0) { $0 + Double(together[$1 * items + item]) }
        + (history.last.map { 5 * Double(successions[$0 * items + item]) } ?? 0)
    }
    #expect(neighbours > 1.5 * chance, "\(neighbours), by popularity \(chance)")
    #expect(order > neighbours, "\(order), without order \(neighbours)")
  }
}
