internal import Foundations

/// What an epoch and the validation of a user cost, in multiply-adds of a matrix product; of models in closed
/// form one solution stands for an epoch.
package struct TrainingCost {
  package var epoch: Double
  package var user: Double

  package init(epoch: Double, user: Double) {
    self.epoch = epoch
    self.user = user
  }

  /// How many multiply-adds of a matrix product take as long as one on a looked-up row, by measurement.
  static let lookup = 250.0
}

/// Whom validation ranks during training and how often, so that it takes about a fifth of the time.
///
/// Up to `everybody` users all are ranked after every epoch. Of more, a seeded sample of as many as a fifth of the
/// time allows, but at least `fewest`; where that is too much for every epoch, there are more epochs between two
/// validations, and `patience` is as many epochs as before. Costs are counted from shapes and never from a clock, so
/// that the same data and configuration always train alike. What is chosen between two trained models is chosen by
/// all users.
package struct ValidationPlan: Equatable {
  /// Up to so many users are all ranked.
  static let everybody = 10_000
  /// A sample has at least so many.
  static let fewest = 2000

  /// Ascending.
  package let users: [Int]
  /// Epochs from one validation to the next.
  package let interval: Int
  /// Validations without a better metric after which training stops.
  package let patience: Int
  /// Users that could have been ranked.
  private let judges: Int

  package init(
    judges: [Int], cost: TrainingCost, configuration: BackboneConfiguration, seed: UInt64
  ) {
    self.judges = judges.count
    guard judges.count > Self.everybody, cost.user > 0 else {
      users = judges
      interval = configuration.validationInterval
      patience = configuration.patience
      return
    }
    // A fifth of the time is a quarter of what training takes.
    let affordable = cost.epoch * Double(configuration.validationInterval) / 4 / cost.user
    let count = min(max(Self.fewest, Int(min(affordable, 1e9))), judges.count)
    var random = SeededRandom(seed: seed, purpose: "validation users")
    var order = judges
    random.shuffle(&order)
    users = order.prefix(count).sorted()
    let epochs = (4 * Double(count) * cost.user / max(cost.epoch, 1)).rounded(.up)
    interval = max(configuration.validationInterval, Int(min(epochs, Double(configuration.epochs))))
    patience = max(
      2, (configuration.patience * configuration.validationInterval + interval - 1) / interval)
  }

  /// Whether some of the users are left out.
  package var isSample: Bool { users.count < judges }

  /// What it is, in words; nil where nothing is left out.
  package var note: String? {
    guard isSample else { return nil }
    let rhythm = interval == 1 ? "every epoch" : "every \(interval) epochs"
    return "validation during training ranks \(users.count) of \(judges) users \(rhythm)"
  }

  /// The configuration with this rhythm.
  func applied(to configuration: BackboneConfiguration) -> BackboneConfiguration {
    var result = configuration
    result.validationInterval = interval
    result.patience = patience
    return result
  }
}
