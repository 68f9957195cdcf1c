public import Datasets
public import Foundations

/// Data augmentation of the sequential task: the un-interacted item that the model thinks the user would
/// most likely prefer is inserted at a random position of the training sequence (method section 4).
public struct SequenceAugmentation: Sendable {
  /// An item to insert before the interaction at `position` of the user's own history.
  public struct Insertion: Sendable, Equatable {
    public var user: Int32
    public var item: Int32
    /// 0...N(u); the history is counted without insertions.
    public var position: Int32

    public init(user: Int32, item: Int32, position: Int32) {
      self.user = user
      self.item = item
      self.position = position
    }
  }

  /// Insertions for each user.
  public var insertionsPerUser: Int
  /// Items in the list that the model chooses from.
  public var listLength: Int

  public init(insertionsPerUser: Int, listLength: Int) {
    self.insertionsPerUser = insertionsPerUser
    self.listLength = listLength
  }

  /// Draws lists of un-interacted items and takes the model's choice of each.
  ///
  /// - Parameters:
  ///   - user: Whose.
  ///   - logProbabilities: The model's log P(item | the user's prompt) of every item.
  ///   - known: The user's training items.
  ///   - random: Draws lists and positions.
  /// - Returns: Insertions of different items.
  public func insertions(
    user: Int32, logProbabilities: ArraySlice<Float>, known: ArraySlice<Int32>,
    using random: inout SeededRandom
  ) -> [Insertion] {
    var taken = Set(known)
    var result: [Insertion] = []
    for _ in 0..<insertionsPerUser {
      let free = logProbabilities.count - taken.count
      guard free > 0 else { break }
      var list = Set<Int32>()
      while list.count < min(listLength, free) {
        let item = Int32(random.below(logProbabilities.count))
        if !taken.contains(item) { list.insert(item) }
      }
      // Equal scores are decided by the lower item.
      let choice = list.sorted().max {
        logProbabilities[logProbabilities.startIndex + Int($0)]
          < logProbabilities[logProbabilities.startIndex + Int($1)]
      }
      guard let choice else { break }
      taken.insert(choice)
      result.append(
        Insertion(user: user, item: choice, position: Int32(random.below(known.count + 1))))
    }
    return result
  }

  /// The training sequences with the insertions made.
  ///
  /// An inserted interaction takes the rating and the time of the one after it (at the end, before it).
  ///
  /// - Parameters:
  ///   - insertions: In the order in which those at one position shall stand; users without a history are
  ///     skipped.
  ///   - histories: The true sequences.
  /// - Returns: Longer sequences of the same users and items.
  public static func inserting(
    _ insertions: [Insertion], into histories: Histories
  ) -> Histories {
    let byUser = Dictionary(grouping: insertions) { $0.user }
    var result = Histories(
      offsets: [0], items: [], ratings: [], times: [], itemCount: histories.itemCount)
    for user in 0..<histories.userCount {
      let range = histories.range(of: user)
      let own = (byUser[Int32(user)] ?? []).enumerated()
        .sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }
        .map(\.element)
      var next = 0
      for position in 0...range.count where !range.isEmpty {
        let at = min(range.lowerBound + position, range.upperBound - 1)
        while next < own.count, own[next].position == Int32(position) {
          result.items.append(own[next].item)
          result.ratings.append(histories.ratings[at])
          result.times.append(histories.times[at])
          next += 1
        }
        if position < range.count {
          result.items.append(histories.items[at])
          result.ratings.append(histories.ratings[at])
          result.times.append(histories.times[at])
        }
      }
      result.offsets.append(result.items.count)
    }
    return result
  }
}
