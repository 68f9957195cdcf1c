import Foundations

/// Makes the demo data set: planted structure, never real people or titles.
///
/// The same options give the same data on every machine. What is planted is told in
/// `docs/datasets.md`. Traps unless there are 5 to `items` / 2 interactions a user.
/// Cost: about a microsecond an interaction.
public func generateDemo(_ options: DemoOptions = DemoOptions()) -> RawData {
  var generator = SplitMix64(seed: options.seed)
  let items = DemoItems(count: options.items, generator: &generator)
  let users = DemoUsers(options: options, generator: &generator)
  var history = DemoHistory(items: items, generator: &generator)

  var raw = RawData(
    users: users.entities, items: items.entities, interactionUsers: [], interactionItems: [],
    ratings: [], times: [], hasTimes: true, likeThreshold: 4)
  for (user, planted) in users.planted.enumerated() {
    var time = 1_500_000_000 + Int64(generator.next(below: 50_000_000))
    var last: Int?
    for step in 0..<planted.count {
      let item = history.next(
        after: last, user: user, planted, progress: Double(step) / Double(planted.count),
        generator: &generator)
      let family = items.families[items.familyOfItem[item]]
      // Sittings of a few minutes an item, days apart.
      time += Int64(
        generator.chance(0.7)
          ? 60 + generator.next(below: 600) : 40_000 + generator.next(below: 400_000))
      raw.interactionUsers.append(Int32(user))
      raw.interactionItems.append(Int32(item))
      raw.ratings.append(rating(of: family, by: planted, noise: generator.bell()))
      raw.times.append(time)
      last = item
    }
  }
  return raw
}

/// Mean, user and item bias, how the tastes match, mood, noise; rounded, 1 to 5.
private func rating(of family: DemoFamily, by user: DemoUser, noise: Double) -> Float {
  let first = user.affinity(family.taste)
  let match = family.secondTaste.map { 0.7 * first + 0.3 * user.affinity($0) } ?? first
  let mood = family.isDark == user.likesDark ? 0.25 : -0.35
  let score = 3.2 + user.generosity + family.quality + match + mood + 0.5 * noise
  return Float(min(5, max(1, score.rounded())))
}
