import Artifacts
import Datasets
import Foundations
import TestSupport
import Testing

@Suite struct DemoTests {
  private let raw = generateDemo()

  /// The series a title belongs to: the title without its number.
  private func series(_ title: String) -> String {
    let words = title.split(separator: " ")
    let isNumbered = words.last.map { ["II", "III", "IV", "V", "VI"].contains($0) } ?? false
    return (isNumbered ? words.dropLast() : words[...]).joined(separator: " ")
  }

  private func digest(_ raw: RawData) -> String {
    let hasher = Digest.Hasher()
    for entities in [raw.users, raw.items] {
      hasher.update("\(entities.ids) \(entities.titles)")
      for attribute in entities.attributes {
        hasher.update("\(attribute.name) \(attribute.values)")
      }
    }
    hasher.update("\(raw.interactionUsers) \(raw.interactionItems) \(raw.ratings) \(raw.times)")
    return hasher.finalize()
  }

  @Test func `The same seed gives the same data, here and on any machine`() {
    #expect(digest(raw) == digest(generateDemo()))
    #expect(digest(raw) == "4fd5050b73ae8e72e7e97b56eeb1e5bb385071458a699825828cf1e258775afb")
    #expect(digest(raw) != digest(generateDemo(DemoOptions(seed: 2))))
  }

  @Test func `Sizes are those asked for`() {
    #expect(raw.users.count == 300 && raw.items.count == 240)
    #expect(raw.interactionCount == 10_500)
    #expect(Set(raw.items.titles).count == 240)
    let pairs = zip(raw.interactionUsers, raw.interactionItems).map { Int($0) * 240 + Int($1) }
    #expect(Set(pairs).count == 10_500)
    let split = leaveOneOut(raw)
    #expect(split.test.count == 300 && split.catalogue.count == 240)
    let options = DemoOptions.movielens100kSized(scale: 4)
    #expect(options == DemoOptions(users: 3772, items: 3364, interactions: 400_000))
    let small = generateDemo(DemoOptions(users: 3, items: 11, interactions: 15))
    #expect(small.interactionCount == 15 && small.items.count == 11)
  }

  @Test func `Many users are thin and few items are popular`() {
    let split = leaveOneOut(raw)
    let activity = (0..<300).map { split.train.count(of: $0) }.sorted()
    #expect(activity[0] >= 3)
    #expect(activity[75] <= 10 && activity[150] <= 20 && activity[285] >= 80)
    let popularity = split.train.itemFrequencies().sorted()
    #expect(popularity[..<24].reduce(0, +) * 5 < popularity[216...].reduce(0, +))
  }

  @Test func `Sequels follow one another far more often than by chance`() {
    let titles = raw.items.titles.map(series)
    var follows = 0
    var steps = 0
    var together = 0
    var pairs = 0
    for user in 0..<300 {
      let items = raw.interactionUsers.indices.filter { raw.interactionUsers[$0] == user }
        .map { titles[Int(raw.interactionItems[$0])] }
      for later in items.indices.dropFirst() {
        follows += items[later] == items[later - 1] ? 1 : 0
        steps += 1
        together += items[..<later].count { $0 == items[later] }
        pairs += later
      }
    }
    let observed = Double(follows) / Double(steps)
    let chance = Double(together) / Double(pairs)
    #expect(observed > 0.15)
    #expect(observed > 4 * chance)
  }

  @Test func `Title words give away a missing genre`() throws {
    let genres = try #require(raw.items.attribute("genres")).values
    var genresOfNoun: [Substring: Set<String>] = [:]
    for (title, genres) in zip(raw.items.titles, genres) where !genres.isEmpty {
      genresOfNoun[title.split(separator: " ")[2], default: []].insert(genres[0])
    }
    #expect(genresOfNoun.values.allSatisfy { $0.count == 1 })
    let missing = raw.items.titles.indices.filter { genres[$0].isEmpty }
    #expect((24...48).contains(missing.count))
    let recoverable = missing.count {
      genresOfNoun[raw.items.titles[$0].split(separator: " ")[2]] != nil
    }
    #expect(recoverable * 10 >= missing.count * 9)
  }

  @Test func `Users rate the genre they favour higher, and their work tells it`() throws {
    let genres = try #require(raw.items.attribute("genres")).values
    let work = try #require(raw.users.attribute("occupation")).values
    var counts = [[String: Int]](repeating: [:], count: 300)
    for (user, item) in zip(raw.interactionUsers, raw.interactionItems) {
      for genre in genres[Int(item)].prefix(1) { counts[Int(user)][genre, default: 0] += 1 }
    }
    let favourites = counts.map { $0.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? "" }
    var favoured: [Float] = []
    var others: [Float] = []
    for row in raw.interactionUsers.indices {
      let own = genres[Int(raw.interactionItems[row])]
      guard let genre = own.first else { continue }
      if genre == favourites[Int(raw.interactionUsers[row])] {
        favoured.append(raw.ratings[row])
      } else {
        others.append(raw.ratings[row])
      }
    }
    let mean = { (values: [Float]) in values.reduce(0, +) / Float(values.count) }
    #expect(mean(favoured) > mean(others) + 0.5)
    let engineers = favourites.indices.filter { work[$0] == ["engineer"] }
    let share = { (rows: [Int]) in
      Double(rows.count { favourites[$0] == "Science Fiction" }) / Double(rows.count)
    }
    #expect(share(engineers) > 2 * share(Array(favourites.indices)))
  }

  /// Hits among the first ten of a full ranking, for a score of (user, item).
  private func hits(_ split: Split, _ score: (Int, Int) -> Double) -> Int {
    (0..<split.users.count).count { user in
      let known = Set(split.train.items(of: user) + [split.validation.items[user]])
      let target = Int(split.test.items[user])
      let mark = score(user, target)
      let better = (0..<split.catalogue.count).count {
        !known.contains(Int32($0)) && score(user, $0) > mark
      }
      return better < 10
    }
  }

  @Test func `Order beats neighbours, and neighbours beat popularity`() {
    let split = leaveOneOut(raw)
    let items = split.catalogue.count
    let popularity = split.train.itemFrequencies().map(Double.init)
    var together = [Double](repeating: 0, count: items * items)
    var successions = together
    for user in 0..<split.users.count {
      let history = split.train.items(of: user).map { Int($0) }
      for first in history {
        for second in history where first != second {
          together[first * items + second] +=
            1 / (popularity[first] * popularity[second]).squareRoot()
        }
      }
      for (first, second) in zip(history, history.dropFirst()) {
        successions[first * items + second] += 1
      }
    }
    let byPopularity = hits(split) { popularity[$1] }
    let byNeighbours = hits(split) { user, item in
      split.train.items(of: user).reduce(0) { $0 + together[Int($1) * items + item] }
    }
    let byOrder = hits(split) { user, item in
      successions[Int(split.validation.items[user]) * items + item] + 1e-4 * popularity[item]
    }
    #expect(byNeighbours > byPopularity + 20)
    #expect(byOrder > byNeighbours + 30)
  }
}
