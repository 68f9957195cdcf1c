/// Users split into groups of about equal size by a count, such as their training interactions N(u).
///
/// Users with the same count always share a group: each ideal cut is moved to the nearest place
/// where the count changes (the lower one on a tie). So groups differ in size where counts repeat, and
/// there are fewer of them where too few distinct counts exist.
public struct QuantileGroups: Sendable {
  /// One group; the counts of its members lie in `range`.
  public struct Group: Sendable, Equatable {
    /// Least and greatest count in the group.
    public let range: ClosedRange<Int32>
    /// Positions of its users in the counts given, ascending.
    public let members: [Int]
  }

  /// The groups, least first; every user is in exactly one.
  public let groups: [Group]

  /// Splits users into at most `count` groups (4: quartiles).
  ///
  /// - Parameters:
  ///   - counts: The count of each user.
  ///   - count: Groups wanted, at least 1.
  public init(of counts: [Int32], count: Int = 4) {
    precondition(count > 0, "at least one group is needed, found \(count)")
    let order = counts.indices.sorted { (counts[$0], $0) < (counts[$1], $1) }
    let changes = order.indices.dropFirst().filter {
      counts[order[$0 - 1]] != counts[order[$0]]
    }
    var cuts = [0]
    for part in stride(from: 1, to: count, by: 1) {
      let ideal = part * order.count
      // Distances are kept in units of 1/count of a user, so that they stay whole.
      let nearest = changes.min { abs($0 * count - ideal) < abs($1 * count - ideal) }
      if let nearest, nearest > cuts[cuts.count - 1] { cuts.append(nearest) }
    }
    cuts.append(order.count)
    groups = zip(cuts, cuts.dropFirst()).compactMap { start, end in
      let members = order[start..<end]
      guard let first = members.first, let last = members.last else { return nil }
      return Group(range: counts[first]...counts[last], members: members.sorted())
    }
  }
}
