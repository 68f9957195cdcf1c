import Foundations

/// Draws what one planted user picks next; remembers what they have.
struct DemoHistory {
  private let items: DemoItems
  /// Families of each taste, with running sums of their popularity.
  private let shelves: [WeightedDraw]
  private let everything: WeightedDraw
  /// The family that people move on to from each family.
  private let companions: [Int]
  /// The last user who has each item.
  private var owner: [Int]

  init(items: DemoItems, generator: inout SplitMix64) {
    self.items = items
    let families = items.families
    func shelf(_ indices: [Int]) -> WeightedDraw {
      WeightedDraw(indices, weights: indices.map { families[$0].popularity })
    }
    everything = shelf(Array(families.indices))
    shelves = demoTastes.indices.map { taste in
      shelf(families.indices.filter { families[$0].taste == taste })
    }
    owner = [Int](repeating: -1, count: items.entities.count)
    var companions: [Int] = []
    for (index, family) in families.enumerated() {
      companions.append(shelves[family.taste].draw(&generator) ?? index)
    }
    self.companions = companions
  }

  /// The next item of a user, `progress` (0 to 1) of the way through their history.
  ///
  /// Sequels follow their predecessors, companions their families, a genre tends to stay; else
  /// the user's drifting taste decides, and now and then only popularity does.
  mutating func next(
    after last: Int?, user: Int, _ planted: DemoUser, progress: Double,
    generator: inout SplitMix64
  ) -> Int {
    let family = last.map { items.familyOfItem[$0] }
    if let family, generator.chance(0.45), let item = firstUnseen(family, user) {
      return take(item, user)
    }
    if let family, generator.chance(0.25), let item = firstUnseen(companions[family], user) {
      return take(item, user)
    }
    for _ in 0..<12 {
      let shelf: WeightedDraw
      if generator.chance(0.1) {
        shelf = everything
      } else if let family, generator.chance(0.25) {
        shelf = shelves[items.families[family].taste]
      } else {
        let drifted = generator.chance(0.15 + 0.7 * progress)
        shelf = shelves[drifted ? planted.laterTaste : planted.firstTaste]
      }
      guard let pick = shelf.draw(&generator) else { continue }
      let isOtherMood = items.families[pick].isDark != planted.likesDark
      if isOtherMood, generator.chance(0.75) { continue }
      if let item = firstUnseen(pick, user) { return take(item, user) }
    }
    // Most of what they like is used up: any item they lack, from a random place on.
    var item = generator.next(below: owner.count)
    while owner[item] == user { item = (item + 1) % owner.count }
    return take(item, user)
  }

  private func firstUnseen(_ family: Int, _ user: Int) -> Int? {
    items.families[family].episodes.first { owner[$0] != user }
  }

  private mutating func take(_ item: Int, _ user: Int) -> Int {
    owner[item] = user
    return item
  }
}
