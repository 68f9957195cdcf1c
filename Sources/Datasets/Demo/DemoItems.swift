import Foundations

/// One series of titles, or a single title, that belong together.
struct DemoFamily {
  /// Item rows in the order of the episodes.
  var episodes: [Int]
  /// Index into `demoTastes`.
  let taste: Int
  /// A second genre, or nil.
  let secondTaste: Int?
  let isDark: Bool
  /// How often it is picked, against others.
  let popularity: Double
  /// What everyone's ratings of it are above or below the mean.
  let quality: Double
}

/// The items of the demo, and what is planted in them.
struct DemoItems {
  private(set) var entities = Entities(ids: [], titles: [], attributes: [])
  private(set) var families: [DemoFamily] = []
  /// The family of each item.
  private(set) var familyOfItem: [Int] = []

  /// Makes families until there are `count` items.
  init(count: Int, generator: inout SplitMix64) {
    var titles: [String] = []
    var genres: [[String]] = []
    var years: [[String]] = []
    var taken: Set<String> = []
    let tasteWeights = demoTastes.indices.map { 1 / Double($0 + 8) }
    while titles.count < count {
      let taste = generator.index(weights: tasteWeights)
      let isDark = generator.chance(0.5)
      let second = generator.chance(0.3) ? generator.next(below: demoTastes.count) : taste
      let wanted = generator.chance(0.4) ? 2 + generator.next(below: 5) : 1
      let length = min(wanted, count - titles.count)
      let name = Self.freshName(taste, isDark, &taken, &generator)
      let firstYear = 1965 + generator.next(below: 50)
      let named =
        [demoTastes[taste].genre] + (second == taste ? [] : [demoTastes[second].genre])
      for episode in 0..<length {
        titles.append(episode == 0 ? name : "\(name) \(romanNumerals[episode])")
        genres.append(generator.chance(0.15) ? [] : named)
        years.append(generator.chance(0.05) ? [] : ["\(firstYear + 2 * episode)"])
        familyOfItem.append(families.count)
      }
      // Zipf: the n-th family drawn is n times less popular, whatever its taste.
      families.append(
        DemoFamily(
          episodes: Array((titles.count - length)..<titles.count), taste: taste,
          secondTaste: second == taste ? nil : second, isDark: isDark,
          popularity: 1 / Double(families.count + 5), quality: 0.3 * generator.bell()))
    }
    entities = Entities(
      ids: titles.indices.map { "\($0 + 1)" }, titles: titles,
      attributes: [
        Attribute(name: "year", isNumeric: true, values: years),
        Attribute(name: "genres", isNumeric: false, values: genres),
      ])
    shuffleRows(&generator)
  }

  /// A title whose words tell taste and mood, and that no other family has.
  private static func freshName(
    _ taste: Int, _ isDark: Bool, _ taken: inout Set<String>, _ generator: inout SplitMix64
  ) -> String {
    let words = demoTastes[taste]
    let adjectives = isDark ? words.dark : words.light
    var attempt = 0
    while true {
      let adjective = adjectives[generator.next(below: adjectives.count)]
      let noun = words.nouns[generator.next(below: words.nouns.count)]
      let place = demoPlaces[generator.next(below: demoPlaces.count)]
      var name = "The \(adjective) \(noun)"
      if attempt > 4 { name += " of \(place)" }
      if attempt > 16 { name += ", Part \(attempt)" }
      if taken.insert(name).inserted { return name }
      attempt += 1
    }
  }

  /// Shuffles the items, so that a row says nothing of popularity.
  private mutating func shuffleRows(_ generator: inout SplitMix64) {
    var rows = Array(0..<entities.count)
    generator.shuffle(&rows, in: 0..<rows.count)
    var newRow = rows
    for (new, old) in rows.enumerated() { newRow[old] = new }
    let ids = entities.ids
    entities = entities.selecting(rows)
    entities.ids = ids
    familyOfItem = rows.map { familyOfItem[$0] }
    for family in families.indices {
      families[family].episodes = families[family].episodes.map { newRow[$0] }
    }
  }
}
