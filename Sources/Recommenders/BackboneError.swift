public import Foundations

/// What stops a backbone.
public enum BackboneError: DataError, Equatable, CustomStringConvertible {
  /// A hyperparameter outside its range.
  case configuration(backbone: BackboneName, key: String, found: String, expected: String)
  /// Inputs that do not belong together.
  case mismatch(what: String, found: Int, expected: Int)
  /// A labelled pair that names no user or item, or whose weight is not a number.
  case pair(PreferencePair, users: Int, items: Int)
  /// A loss that is no longer a number.
  case diverged(backbone: BackboneName, epoch: Int, learningRate: Float)
  /// A saved parameter that is missing or has another shape.
  case parameter(backbone: BackboneName, name: String, found: String, expected: String)
  /// An artifact that holds no trained model.
  case model(path: String?, problem: String)

  /// True of inputs that do not fit, false of hyperparameters.
  public var isDataError: Bool {
    switch self {
    case .mismatch, .pair, .parameter, .model: true
    case .configuration, .diverged: false
    }
  }

  public var description: String {
    switch self {
    case .configuration(let backbone, let key, let found, let expected):
      """
      \(backbone.rawValue): \(key) is \(found), expected \(expected); \
      change it in the parameters of the stage
      """
    case .mismatch(let what, let found, let expected):
      """
      \(what): found \(found), expected \(expected); \
      the inputs come from different data sets: run preprocess again
      """
    case .pair(let pair, let users, let items):
      """
      labelled pair: found user \(pair.user), items \(pair.preferred) and \(pair.other), weight \
      \(pair.weight); expected a user below \(users), items below \(items) and a finite weight; \
      the labels come from another data set: run label-augmentation again
      """
    case .diverged(let backbone, let epoch, let learningRate):
      """
      \(backbone.rawValue): the loss of epoch \(epoch) is not a finite number with learning rate \
      \(learningRate); lower learningRate
      """
    case .parameter(let backbone, let name, let found, let expected):
      """
      \(backbone.rawValue): parameter \(name) is \(found), expected \(expected); \
      the model was trained with another configuration or data set
      """
    case .model(let path, let problem):
      "backbone-model\(path.map { " \($0)" } ?? ""): \(problem); run the stage that wrote it again"
    }
  }
}
