public import Evaluation

/// What is known of a model beside what it computes: a row of `BackboneEntry.table`.
struct BackboneEntry: Sendable {
  /// Makes, trains and loads it.
  let model: any Backbone.Type
  /// As papers spell it.
  let label: String
  let task: RecommendationTask
  let isBaseline: Bool
  /// The hyperparameters that it reads; others change nothing.
  let hyperparameters: [Hyperparameter]
  /// What these have to obey together.
  let rules: [HyperparameterRule]
  let defaults: BackboneConfiguration

  init(
    _ model: any Backbone.Type, _ label: String, _ task: RecommendationTask,
    isBaseline: Bool = false, reads hyperparameters: [Hyperparameter],
    rules: [HyperparameterRule] = [], defaults: (inout BackboneConfiguration) -> Void
  ) {
    self.model = model
    self.label = label
    self.task = task
    self.isBaseline = isBaseline
    self.hyperparameters = hyperparameters
    self.rules = rules
    var configuration = BackboneConfiguration()
    defaults(&configuration)
    self.defaults = configuration
  }
}

extension BackboneName {
  /// The model's row.
  var entry: BackboneEntry {
    guard let entry = BackboneEntry.table.first(where: { $0.model.name == self }) else {
      preconditionFailure("\(rawValue) has no row in BackboneEntry.table")
    }
    return entry
  }

  /// The task that the model is for.
  public var task: RecommendationTask { entry.task }

  /// The model's name as papers spell it.
  public var label: String { entry.label }

  /// Whether it only stands in tables for comparison, and is never augmented.
  public var isBaseline: Bool { entry.isBaseline }

  /// The hyperparameters that the model reads; others change nothing.
  public var hyperparameters: [Hyperparameter] { entry.hyperparameters }

  /// What the model's hyperparameters have to obey together.
  public var rules: [HyperparameterRule] { entry.rules }
}

extension Hyperparameter {
  /// All that some model reads, in the order of the table.
  public static let all: [Hyperparameter] = {
    var names: Set<String> = []
    return BackboneEntry.table.flatMap(\.hyperparameters).filter { names.insert($0.name).inserted }
  }()

  /// The models that read it, in the order of the table.
  public var readers: [BackboneName] {
    BackboneName.allCases.filter { $0.hyperparameters.contains { $0.name == name } }
  }
}
