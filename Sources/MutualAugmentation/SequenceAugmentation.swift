public import Datasets
import Foundations
public import LanguageModels
public import Prompts

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

  /// Draws lists of un-interacted items and takes the model's choice of each, from plain prompts of the users'
  /// training histories.
  ///
  /// Equal scores are decided by the lower item. Each user's draws have a generator of their own.
  ///
  /// - Parameters:
  ///   - users: Whose.
  ///   - train: Training interactions.
  ///   - templates: The wording.
  ///   - model: Who chooses.
  ///   - seed: Of lists and positions.
  /// - Returns: Insertions of different items, user by user.
  /// - Throws: What the model throws.
  public func insertions(
    of users: Range<Int>, train: Histories, templates: PromptTemplates, model: any LanguageModel,
    seed: UInt64
  ) async throws -> [Insertion] {
    var draws = users.map { user in
      Draw(
        random: SeededRandom(seed: seed, purpose: "labels-\(user)"),
        taken: Set(train.items(of: user)))
    }
    // What may be drawn next depends on what was chosen before: one question a user and round.
    for _ in 0..<insertionsPerUser {
      let lists = draws.indices.compactMap { place -> (place: Int, items: [Int32])? in
        let items = draws[place].list(length: listLength, itemCount: train.itemCount)
        return items.isEmpty ? nil : (place, items)
      }
      let queries = lists.map { list in
        ScoringQuery(
          prompt: templates.ranking(history: train.items(of: users.lowerBound + list.place)),
          branches: [
            .init(
              context: templates.listwiseQuestion, answers: list.items.map { Prompt([.item($0)]) })
          ])
      }
      try await model.score(queries) { index, scores in
        let (place, items) = lists[index]
        let user = users.lowerBound + place
        draws[place].insert(
          items[scores[0].firstMaximum], user: Int32(user), positions: train.count(of: user) + 1)
      }
    }
    return draws.flatMap(\.insertions)
  }

  /// One user's draws so far.
  private struct Draw {
    var random: SeededRandom
    /// Items that may not be drawn: known or chosen before.
    var taken: Set<Int32>
    var insertions: [Insertion] = []

    /// Un-interacted items, ascending; empty when none is left.
    mutating func list(length: Int, itemCount: Int) -> [Int32] {
      var list = Set<Int32>()
      while list.count < min(length, itemCount - taken.count) {
        let item = Int32(random.below(itemCount))
        if !taken.contains(item) { list.insert(item) }
      }
      return list.sorted()
    }

    mutating func insert(_ item: Int32, user: Int32, positions: Int) {
      taken.insert(item)
      insertions.append(
        Insertion(user: user, item: item, position: Int32(random.below(positions))))
    }
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
