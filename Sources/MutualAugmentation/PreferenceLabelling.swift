import Datasets
public import Foundations
import LanguageModels
import Prompts
internal import RealModule
public import Recommenders

/// Where the pairs that the language model is asked about come from.
public enum PairSource: String, CaseIterable, Sendable {
  /// Uniformly from the items without an interaction, as published.
  case uniform
  /// Both items from the model's own first items: it is asked about items that matter to the user.
  case modelTop = "model-top"
}

/// Data augmentation of the direct task: the language model says which of two items a user prefers
/// (method section 4, equations 2 and 3).
public struct PreferenceLabelling: Sendable {
  public var source: PairSource
  /// Pairs asked for each user.
  public var pairsPerUser: Int
  /// With `modelTop`: how many of the model's first items the pairs come from.
  public var topItems: Int

  public init(source: PairSource, pairsPerUser: Int, topItems: Int) {
    self.source = source
    self.pairsPerUser = pairsPerUser
    self.topItems = topItems
  }

  /// A pair and how sure the model is, P(preferred) of the two, 0.5...1.
  public struct Label: Sendable, Equatable {
    public var user: Int32
    public var preferred: Int32
    public var other: Int32
    public var confidence: Float

    public init(user: Int32, preferred: Int32, other: Int32, confidence: Float) {
      self.user = user
      self.preferred = preferred
      self.other = other
      self.confidence = confidence
    }
  }

  /// Labels the pairs of one user.
  ///
  /// The preference of a over b is P(a) / (P(a) + P(b)) by the model's probabilities of being the answer.
  /// Pairs that the draw repeats are kept once.
  ///
  /// - Parameters:
  ///   - user: Whose.
  ///   - logProbabilities: The model's log P(item | the user's prompt) of every item.
  ///   - known: Items that the user has interacted with; they are never in a pair.
  ///   - random: Draws the pairs.
  /// - Returns: At most `pairsPerUser` labels.
  public func label(
    user: Int32, logProbabilities: ArraySlice<Float>, known: ArraySlice<Int32>,
    using random: inout SeededRandom
  ) -> [Label] {
    let scores = Array(logProbabilities)
    let knownItems = Set(known)
    var pool = scores.indices.map { Int32($0) }.filter { !knownItems.contains($0) }
    if source == .modelTop {
      pool.sort { (scores[Int($0)], $1) > (scores[Int($1)], $0) }
      pool = Array(pool.prefix(topItems))
    }
    guard pool.count > 1 else { return [] }
    var seen = Set<SIMD2<Int32>>()
    var labels: [Label] = []
    for _ in 0..<pairsPerUser {
      let a = pool[random.below(pool.count)]
      let b = pool[random.below(pool.count)]
      guard a != b else { continue }
      let prefersA = scores[Int(a)] >= scores[Int(b)]
      let (preferred, other) = prefersA ? (a, b) : (b, a)
      guard seen.insert(SIMD2(preferred, other)).inserted else { continue }
      let margin = scores[Int(preferred)] - scores[Int(other)]
      labels.append(
        Label(
          user: user, preferred: preferred, other: other,
          confidence: 1 / (1 + Float.exp(-margin))))
    }
    return labels
  }
}

extension PreferenceLabelling {
  /// The triples that retraining adds: labels of at least a confidence, all with one weight.
  public static func pairs(
    from labels: [Label], minimumConfidence: Float, weight: Float
  ) -> [PreferencePair] {
    labels.filter { $0.confidence >= minimumConfidence }
      .map {
        PreferencePair(user: $0.user, preferred: $0.preferred, other: $0.other, weight: weight)
      }
  }
}
