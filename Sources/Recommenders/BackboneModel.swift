public import Artifacts
internal import Datasets
public import Evaluation
internal import Foundation
public import Tensors

/// A trained model as it is kept: all that predictions need beside the data.
public struct BackboneModel: Sendable {
  public var backbone: BackboneName
  /// The hyperparameters that it was given.
  public var configuration: BackboneConfiguration
  /// The same with what validation chose, epochs or penalty: trains as long without validation.
  public var chosen: BackboneConfiguration
  public var seed: UInt64
  /// The parameters by name.
  public var parameters: [(name: String, value: Matrix)]

  /// Predicts without training; folds stay nil.
  ///
  /// - Parameters:
  ///   - data: The data it was trained on; histories may have grown.
  ///   - candidates: Length of the candidate lists (top-k tasks).
  /// - Returns: The same predictions, bit for bit, as after training.
  /// - Throws: `BackboneError.parameter` where parameters and data do not fit.
  public func predictions(on data: TrainingData, candidates: Int) throws -> Predictions {
    func predict<Model: Backbone>(_ type: Model.Type) throws -> Predictions {
      try load(type, on: data).predictions(on: data, candidates: candidates)
    }
    return try predict(backbone.entry.model)
  }

  /// Scores given items, also such as it would not list.
  ///
  /// - Parameters:
  ///   - items: U × K rows of the catalogue, −1 where a list ends.
  ///   - data: The data it was trained on; histories may have grown.
  ///   - knowsValidation: Whether the validation item is known, as it is at test.
  ///   - task: In whose table the scores stand: in the sequential one a model reads the validation item when it is
  ///     known; nil for the model's own.
  /// - Returns: U × K, on the scale of its own lists, 0 where there is no item; predicted ratings for the rating
  ///   task.
  /// - Throws: `BackboneError.parameter` where parameters and data do not fit, `mismatch` where `items` do not.
  public func scores(
    of items: [Int32], on data: TrainingData, knowsValidation: Bool,
    for task: RecommendationTask? = nil
  ) throws -> [Float] {
    let users = data.train.userCount
    if users == 0 ? !items.isEmpty : items.count % users != 0 {
      throw BackboneError.mismatch(
        what: "candidates of \(users) users", found: items.count,
        expected: users == 0 ? 0 : items.count / users * users)
    }
    if let item = items.first(where: { $0 >= data.train.itemCount }) {
      throw BackboneError.mismatch(
        what: "items of the catalogue, by the largest candidate", found: data.train.itemCount,
        expected: Int(item) + 1)
    }
    func score<Model: Backbone>(_ type: Model.Type) throws -> [Float] {
      try load(type, on: data).scores(
        of: items, on: data, knowsValidation: knowsValidation, for: task ?? backbone.task)
    }
    return try score(backbone.entry.model)
  }

  private func load<Model: Backbone>(_: Model.Type, on data: TrainingData) throws -> Model {
    try configuration.check(for: backbone)
    try data.check()
    let saved = Dictionary(parameters.map { ($0.name, $0.value) }) { first, _ in first }
    var model = Model(data: data, configuration: configuration, seed: seed)
    try model.load(saved)
    return model
  }
}

extension BackboneModel {
  /// Reads an artifact of schema `backbone-model`.
  ///
  /// - Parameter artifact: What a training stage wrote.
  /// - Throws: `ArtifactError`, and `BackboneError.model` where the metadata is not what a stage writes.
  public init(artifact: Artifact) throws {
    func fail(_ problem: String) -> BackboneError {
      .model(path: artifact.path, problem: problem)
    }
    func metadata<Value>(
      _ key: String, _ expected: String, _ read: (String) throws -> Value?
    ) throws -> Value {
      guard let text = artifact.metadata[key] else { throw fail("no \(key) in the metadata") }
      do {
        if let value = try read(text) { return value }
      } catch {
        throw fail("\(key) is \(text), expected \(expected): \(reason(error))")
      }
      throw fail("\(key) is \(text), expected \(expected)")
    }
    let backbone = try metadata("backbone", "the name of a model") { BackboneName(rawValue: $0) }
    func configuration(_ key: String) throws -> BackboneConfiguration {
      try metadata(key, "what \(backbone.rawValue) reads as JSON") {
        let saved = try JSONDecoder().decode(SavedConfiguration.self, from: Data($0.utf8))
        guard saved.backbone == backbone else { return nil }
        try saved.configuration.check(for: backbone)
        return saved.configuration
      }
    }
    self.backbone = backbone
    self.configuration = try configuration("configuration")
    chosen = try configuration("chosen")
    seed = try metadata("seed", "a whole number") { UInt64($0) }
    let names = artifact.columnNames
    try Schema(
      "backbone-model",
      names.map {
        .init(
          $0, .float32, [.axis(.init("rows of \($0)")), .axis(.init("columns of \($0)"))], .weights)
      }
    ).check(artifact)
    parameters = try names.map { name in
      let shape = try artifact.shape(of: name)
      return (
        name, Matrix(rows: shape[0], columns: shape[1], values: try artifact.floats(name))
      )
    }
  }

  /// The artifact that `init(artifact:)` reads: schema `backbone-model`, version 1.
  public func artifact() -> Artifact {
    var artifact = Artifact(
      schema: "backbone-model",
      metadata: [
        "backbone": backbone.rawValue, "task": backbone.task.rawValue, "seed": "\(seed)",
        "configuration": configuration.json(for: backbone), "chosen": chosen.json(for: backbone),
      ])
    for (name, matrix) in parameters {
      artifact.set(name, floats: matrix.values, shape: [matrix.rows, matrix.columns])
    }
    return artifact
  }
}

extension BackboneConfiguration {
  /// What a model reads, as JSON with its keys in order.
  public func json(for backbone: BackboneName) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let saved = SavedConfiguration(backbone: backbone, configuration: self)
    guard let data = try? encoder.encode(saved) else {
      preconditionFailure("a hyperparameter is not finite: \(self)")
    }
    return String(decoding: data, as: UTF8.self)
  }
}

/// A model's name beside the hyperparameters that it reads.
private struct SavedConfiguration: Codable {
  var backbone: BackboneName
  var configuration: BackboneConfiguration

  init(backbone: BackboneName, configuration: BackboneConfiguration) {
    self.backbone = backbone
    self.configuration = configuration
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let name = try container.decode(BackboneName.self, forKey: .backbone)
    backbone = name
    configuration = .defaults(for: name)
    for parameter in name.hyperparameters {
      let key = Key(stringValue: parameter.name)
      let value: Hyperparameter.Value =
        switch parameter.kind {
        case .integer: .integer(try container.decode(Int.self, forKey: key))
        case .number: .number(try container.decode(Float.self, forKey: key))
        case .integers: .integers(try container.decode([Int].self, forKey: key))
        case .numbers: .numbers(try container.decode([Float].self, forKey: key))
        case .choice: .choice(try container.decode(String.self, forKey: key))
        }
      if case .choice(let words) = parameter.kind, !words.contains("\(value)") {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: "\(value) is none of \(words)")
      }
      parameter.set(value, in: &configuration)
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(backbone, forKey: .backbone)
    for parameter in backbone.hyperparameters {
      let key = Key(stringValue: parameter.name)
      switch parameter.value(in: configuration) {
      case .integer(let value): try container.encode(value, forKey: key)
      case .number(let value): try container.encode(value, forKey: key)
      case .integers(let values): try container.encode(values, forKey: key)
      case .numbers(let values): try container.encode(values, forKey: key)
      case .choice(let word): try container.encode(word, forKey: key)
      }
    }
  }

  /// The name of a hyperparameter, or `backbone`.
  struct Key: CodingKey {
    static let backbone = Key(stringValue: "backbone")

    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

/// What a decoder found wrong, in one line.
private func reason(_ error: any Error) -> String {
  switch error {
  case DecodingError.keyNotFound(let key, _): "\(key.stringValue) is missing"
  case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
    DecodingError.dataCorrupted(let context):
    (context.codingPath.map { "\($0.stringValue): " }.joined()) + context.debugDescription
  default: "\(error)"
  }
}
