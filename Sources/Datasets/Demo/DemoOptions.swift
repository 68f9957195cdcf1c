/// How large the generated data set is, and which one.
public struct DemoOptions: Sendable, Equatable {
  public var users: Int
  public var items: Int
  /// The exact number of interactions: at least 5 a user, at most half of all pairs.
  public var interactions: Int
  public var seed: UInt64

  public init(
    users: Int = 300, items: Int = 240, interactions: Int = 10_500, seed: UInt64 = 1
  ) {
    self.users = users
    self.items = items
    self.interactions = interactions
    self.seed = seed
  }

  /// MovieLens 100K's size, its users and interactions `scale` times, its items √`scale` times.
  public static func movielens100kSized(scale: Int, seed: UInt64 = 1) -> DemoOptions {
    DemoOptions(
      users: 943 * scale, items: Int(1682 * Double(scale).squareRoot()),
      interactions: 100_000 * scale, seed: seed)
  }
}
