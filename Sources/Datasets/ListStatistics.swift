/// How different delivered lists are.
public struct ListStatistics: Sendable, Equatable {
  public let users: Int
  /// Users whose list holds something.
  public let served: Int
  /// Different items.
  public let items: Int
  /// Different lists.
  public let lists: Int

  /// Counts; empty lists are nobody's.
  public init(_ recommendations: Recommendations) {
    let lists = recommendations.lists.map { $0.entries.map(\.item) }.filter { !$0.isEmpty }
    users = recommendations.lists.count
    served = lists.count
    items = Set(lists.joined()).count
    self.lists = Set(lists).count
  }

  /// Whether everybody gets the same, as from a model that has learned nothing about anybody.
  public var areAllTheSame: Bool { lists == 1 && served > 1 }
}
