public import Datasets

/// A language model's answer which of two items a user prefers: one more BPR triple.
public struct PreferencePair: Sendable, Equatable {
  public var user: Int32
  public var preferred: Int32
  public var other: Int32
  /// Factor of the triple's loss; an observed triple has 1.
  public var weight: Float

  public init(user: Int32, preferred: Int32, other: Int32, weight: Float = 1) {
    self.user = user
    self.preferred = preferred
    self.other = other
    self.weight = weight
  }
}

/// All that a backbone may learn from; test targets never enter.
public struct TrainingData: Sendable {
  /// What each user did, in time order.
  public var train: Histories
  /// The interaction after that; it stops training early and is known at test.
  public var validation: Targets
  /// Users whose validation item may stop training and choose penalties, one flag a user; nil for
  /// all.
  public var validationUsers: [Bool]?
  /// Attributes as fields, for the rating task; without them users and items are the only fields.
  public var features: FeatureTable?
  /// Rating task: the item whose rating is asked at test, one a user, −1 for none.
  public var questions: [Int32]?
  /// Direct task: triples from the language model, appended to each epoch.
  public var pairs: [PreferencePair]
  /// Sequential task: sequences to train on instead of `train`; predictions always start from
  /// `train`.
  public var trainingHistories: Histories?

  public init(
    train: Histories, validation: Targets, validationUsers: [Bool]? = nil,
    features: FeatureTable? = nil, questions: [Int32]? = nil, pairs: [PreferencePair] = [],
    trainingHistories: Histories? = nil
  ) {
    self.train = train
    self.validation = validation
    self.validationUsers = validationUsers
    self.features = features
    self.questions = questions
    self.pairs = pairs
    self.trainingHistories = trainingHistories
  }

  /// The users whose validation item counts for a choice.
  var judges: [Int] {
    (0..<train.userCount).filter { validation.items[$0] >= 0 && (validationUsers?[$0] ?? true) }
  }

  /// The histories known at test: train with each user's validation item appended.
  var testHistories: Histories {
    var result = Histories(
      offsets: [0], items: [], ratings: [], times: [], itemCount: train.itemCount)
    for user in 0..<train.userCount {
      result.items += train.items(of: user)
      if validation.items[user] >= 0 { result.items.append(validation.items[user]) }
      result.offsets.append(result.items.count)
    }
    result.ratings = [Float](repeating: 0, count: result.items.count)
    result.times = [Int64](repeating: 0, count: result.items.count)
    return result
  }
}

extension Histories {
  /// The user of each interaction: N.
  var owners: [Int32] {
    (0..<userCount).flatMap { repeatElement(Int32($0), count: count(of: $0)) }
  }
}
