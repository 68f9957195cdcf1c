import Foundations

/// One planted user.
struct DemoUser {
  /// The taste of the first interactions and, as time goes on, less and less of later ones.
  let firstTaste: Int
  /// The taste that takes over.
  let laterTaste: Int
  let likesDark: Bool
  /// How far this user's ratings lie above or below the mean.
  let generosity: Double
  /// How many interactions this user has.
  let count: Int

  /// What this user's rating of a taste lies above or below the mean.
  func affinity(_ taste: Int) -> Double {
    taste == firstTaste ? 0.9 : taste == laterTaste ? 0.7 : -0.6
  }
}

/// The users of the demo, and what is planted in them.
struct DemoUsers {
  let entities: Entities
  let planted: [DemoUser]

  init(options: DemoOptions, generator: inout SplitMix64) {
    var planted: [DemoUser] = []
    var ages: [[String]] = []
    var occupations: [[String]] = []
    let counts = demoActivity(
      users: options.users, interactions: options.interactions, least: 5, most: options.items / 2,
      flatness: 0.12, generator: &generator)
    for count in counts {
      let taste = generator.next(below: demoTastes.count)
      let step = generator.chance(0.7) ? 1 : 2 + generator.next(below: demoTastes.count - 3)
      planted.append(
        DemoUser(
          firstTaste: taste, laterTaste: (taste + step) % demoTastes.count,
          likesDark: generator.chance(0.5), generosity: 0.35 * generator.bell(), count: count))
      let group = generator.chance(0.7) ? taste : generator.next(below: demoTastes.count)
      ages.append(["\(demoTastes[group].age + generator.next(below: 10))"])
      let trade = generator.chance(0.7) ? taste : generator.next(below: demoTastes.count)
      occupations.append(generator.chance(0.1) ? [] : [demoTastes[trade].occupation])
    }
    self.planted = planted
    entities = Entities(
      ids: planted.indices.map { "\($0 + 1)" }, titles: planted.map { _ in "" },
      attributes: [
        Attribute(name: "age", isNumeric: true, values: ages),
        Attribute(name: "occupation", isNumeric: false, values: occupations),
      ])
  }
}
