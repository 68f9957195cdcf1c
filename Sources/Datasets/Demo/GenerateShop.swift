import Foundations

/// How large a generated shop is, and which one.
public struct ShopOptions: Sendable, Equatable {
  public var users: Int
  /// About as many occur: an item that nobody takes has no row after the split.
  public var items: Int
  /// The exact number of interactions: at least 3 a user, at most half of all pairs.
  public var interactions: Int
  /// Share of the items that have neither title nor attributes, 0 to 1.
  public var untitled: Double
  public var seed: UInt64

  public init(
    users: Int = 2000, items: Int = 2500, interactions: Int = 17_500, untitled: Double = 0.8,
    seed: UInt64 = 1
  ) {
    self.users = users
    self.items = items
    self.interactions = interactions
    self.untitled = untitled
    self.seed = seed
  }
}

/// Makes a shop: many users and items with few interactions each, most items without a title.
///
/// The same options give the same data on every machine. What is planted is told in
/// `docs/datasets.md`. Traps unless there are 3 to `items` / 2 interactions a user.
/// Cost: about a microsecond an interaction.
public func generateShop(_ options: ShopOptions = ShopOptions()) -> RawData {
  var generator = SplitMix64(seed: options.seed)
  let shelves = ShopShelves(items: options.items, generator: &generator)
  let counts = demoActivity(
    users: options.users, interactions: options.interactions, least: 3, most: options.items / 2,
    flatness: 0.02, generator: &generator)
  var raw = RawData(
    users: Entities(
      ids: counts.indices.map { "u\($0 + 1)" }, titles: counts.map { _ in "" }, attributes: []),
    items: shelves.entities(untitled: options.untitled, generator: &generator),
    interactionUsers: [], interactionItems: [], ratings: [], times: [], hasTimes: true,
    likeThreshold: 1)
  var visits = ShopVisits(shelves: shelves, generator: &generator)
  for (user, count) in counts.enumerated() {
    let taste = (
      first: generator.next(below: shelves.departments.count),
      later: generator.next(below: shelves.departments.count)
    )
    var time = 1_600_000_000 + Int64(generator.next(below: 60_000_000))
    var last: Int?
    for step in 0..<count {
      let hasMovedOn = generator.chance(0.15 + 0.7 * Double(step) / Double(count))
      let item = visits.next(
        after: last, user: user, department: hasMovedOn ? taste.later : taste.first,
        generator: &generator)
      time += Int64(60 + generator.next(below: generator.chance(0.6) ? 900 : 1_000_000))
      raw.interactionUsers.append(Int32(user))
      raw.interactionItems.append(Int32(item))
      raw.ratings.append(1)
      raw.times.append(time)
      last = item
    }
  }
  return raw
}

/// The items of a shop by department.
private struct ShopShelves {
  /// Of each item.
  let department: [Int]
  /// Of each item: how often it is taken, against others.
  let popularity: [Double]
  /// The items of each department.
  let departments: [[Int]]

  /// Some 250 items a department; the n-th most popular item of the shop is n times less popular.
  init(items count: Int, generator: inout SplitMix64) {
    let departmentCount = max(4, count / 250)
    var ranks = Array(0..<count)
    generator.shuffle(&ranks, in: 0..<count)
    department = (0..<count).map { _ in generator.next(below: departmentCount) }
    popularity = ranks.map { 1 / Double($0 + 1 + count / 200) }
    departments = department.enumerated()
      .reduce(into: [[Int]](repeating: [], count: departmentCount)) {
        $0[$1.element].append($1.offset)
      }
      .filter { !$0.isEmpty }
  }

  /// Titles and categories of the items that have them; the identifier is the title of the others.
  func entities(untitled: Double, generator: inout SplitMix64) -> Entities {
    var titles: [String] = []
    var categories: [[String]] = []
    for item in department.indices {
      let (product, material) = department[item].quotientAndRemainder(
        dividingBy: shopMaterials.count)
      let isTitled = !generator.chance(untitled)
      let category = shopProducts[product % shopProducts.count]
      titles.append(
        isTitled ? "\(shopMaterials[material]) \(category) \(item + 1)" : "i\(item + 1)")
      categories.append(isTitled ? [category] : [])
    }
    return Entities(
      ids: department.indices.map { "i\($0 + 1)" }, titles: titles,
      attributes: [Attribute(name: "category", isNumeric: false, values: categories)])
  }
}

/// Draws what a user takes next; remembers what they have.
private struct ShopVisits {
  private let shelves: [WeightedDraw]
  private let everything: WeightedDraw
  /// What goes with each item: another of its department.
  private let companions: [Int]
  /// The last user who has each item.
  private var owner: [Int]
  /// Items in the order in which somebody tries what nobody has had.
  private var arrivals: [Int]

  init(shelves: ShopShelves, generator: inout SplitMix64) {
    let count = shelves.department.count
    self.shelves = shelves.departments.map { items in
      WeightedDraw(items, weights: items.map { shelves.popularity[$0] })
    }
    everything = WeightedDraw(Array(0..<count), weights: shelves.popularity)
    owner = [Int](repeating: -1, count: count)
    arrivals = Array(0..<count)
    generator.shuffle(&arrivals, in: 0..<count)
    var companions = Array(0..<count)
    for (items, shelf) in zip(shelves.departments, self.shelves) {
      for item in items { companions[item] = shelf.draw(&generator) ?? item }
    }
    self.companions = companions
  }

  /// The next item: what goes with the last one, something of a department, or anything.
  mutating func next(
    after last: Int?, user: Int, department: Int, generator: inout SplitMix64
  ) -> Int {
    if let last, generator.chance(0.25), owner[companions[last]] != user {
      return take(companions[last], user)
    }
    if generator.chance(0.15) {
      while let item = arrivals.popLast() {
        if owner[item] < 0 { return take(item, user) }
      }
    }
    for attempt in 0..<12 {
      let shelf = attempt > 5 || generator.chance(0.1) ? everything : shelves[department]
      if let item = shelf.draw(&generator), owner[item] != user { return take(item, user) }
    }
    // What they like is used up: any item they lack, from a random place on.
    var item = generator.next(below: owner.count)
    while owner[item] == user { item = (item + 1) % owner.count }
    return take(item, user)
  }

  private mutating func take(_ item: Int, _ user: Int) -> Int {
    owner[item] = user
    return item
  }
}

private let shopMaterials = [
  "Oak", "Steel", "Linen", "Glass", "Cotton", "Copper", "Bamboo", "Ceramic", "Leather", "Marble",
  "Wool", "Brass", "Cork", "Walnut", "Velvet", "Slate", "Canvas", "Pine", "Silk", "Iron",
]

private let shopProducts = [
  "Table", "Lamp", "Chair", "Shelf", "Kettle", "Blanket", "Mirror", "Basket", "Clock", "Vase",
  "Bowl", "Rug", "Stool", "Tray", "Curtain", "Cushion", "Bench", "Jar", "Rack", "Frame",
]
