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
    for count in Self.activity(options, &generator) {
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

  /// Interactions a user, in random order: at least 5, few with many and many with few; they add
  /// up to what the options ask for.
  private static func activity(_ options: DemoOptions, _ generator: inout SplitMix64) -> [Int] {
    let least = 5
    let most = options.items / 2
    precondition(
      options.users > 0 && options.interactions >= least * options.users
        && options.interactions <= most * options.users,
      "from \(least) to \(most) interactions a user")
    let weights = (0..<options.users).map { rank in
      let distance = 0.12 + Double(rank) / Double(options.users)
      return 1 / (distance * distance)
    }
    var counts = [Int](repeating: least, count: options.users)
    var rest = options.interactions - least * options.users
    while rest > 0 {
      let open = counts.indices.filter { counts[$0] < most }
      let scale = Double(rest) / open.reduce(0) { $0 + weights[$1] }
      for user in open where rest > 0 {
        let share = max(1, Int(weights[user] * scale))
        let extra = min(share, most - counts[user], rest)
        counts[user] += extra
        rest -= extra
      }
    }
    generator.shuffle(&counts, in: 0..<counts.count)
    return counts
  }
}
