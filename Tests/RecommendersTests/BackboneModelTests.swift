import Artifacts
import Datasets
import Evaluation
import Foundation
import Recommenders
import Tensors
import TestSupport
import Testing

@Suite("A trained model as an artifact") struct BackboneModelTests {
  @Test("predicts the same bits after saving and loading", arguments: BackboneName.allCases)
  func roundTrip(name: BackboneName) throws {
    let data = TrainingData.suitable(for: name)
    let trained = try train(name, data, small(name), seed: 3)
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).zst")
      .path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try trained.model.artifact().write(to: path)
    let loaded = try BackboneModel(
      artifact: Artifact(contentsOf: path, schema: "backbone-model"))
    #expect(loaded.backbone == name && loaded.seed == 3)
    #expect(try loaded.predictions(on: data, candidates: 5) == trained.predictions)
    for parameter in name.hyperparameters {
      #expect(
        parameter.value(in: loaded.configuration)
          == parameter.value(in: trained.model.configuration))
      #expect(parameter.value(in: loaded.chosen) == parameter.value(in: trained.model.chosen))
    }
  }

  @Test("scores any items as it scores those that it lists", arguments: BackboneName.allCases)
  func givenItems(name: BackboneName) throws {
    let data = TrainingData.suitable(for: name)
    let trained = try train(name, data, small(name), seed: 3)
    let predictions = trained.predictions
    func scores(_ items: [Int32], knowsValidation: Bool) throws -> [Float] {
      try trained.model.scores(of: items, on: data, knowsValidation: knowsValidation)
    }
    if name.task == .rating {
      let items = data.validation.items
      #expect(try scores(items, knowsValidation: false) == predictions.validationRatings)
    } else {
      #expect(
        try scores(predictions.validationItems, knowsValidation: false)
          == predictions.validationScores)
      #expect(try scores(predictions.testItems, knowsValidation: true) == predictions.testScores)
      if name.isBaseline {
        // In the sequential table it reads the validation item, as everybody there.
        #expect(
          try trained.model.scores(
            of: predictions.nextItems, on: data, knowsValidation: true, for: .sequential)
            == predictions.nextScores)
      }
      // What a list leaves out scores no better than its last item.
      let length = predictions.candidates
      let all = (0..<data.train.userCount).flatMap { _ in (0..<Int32(data.train.itemCount)) }
      let every = try scores(all, knowsValidation: true)
      for user in 0..<data.train.userCount {
        let list = predictions.testItems[user * length..<(user + 1) * length].prefix { $0 >= 0 }
        guard let last = list.indices.last, list.count == length else { continue }
        var known = Set(data.train.items(of: user)).union(list)
        known.insert(data.validation.items[user])
        for item in 0..<data.train.itemCount where !known.contains(Int32(item)) {
          #expect(every[user * data.train.itemCount + item] <= predictions.testScores[last])
        }
      }
    }
    #expect(throws: BackboneError.self) {
      try scores([Int32](repeating: 10_000, count: data.train.userCount), knowsValidation: true)
    }
  }

  @Test("has what the model reads as JSON in its metadata, and what validation chose")
  func metadata() throws {
    let data = checkerboard()
    var configuration = BackboneConfiguration.defaults(for: .ease)
    configuration.penalties = [0.1, 3]
    let trained = try train(.ease, data, configuration)
    let metadata = trained.model.artifact().metadata
    #expect(
      metadata["configuration"] == #"{"backbone":"ease","frequentItems":10000,"penalties":[0.1,3]}"#
    )
    let best = try #require(trained.curve.max { $0.validation < $1.validation })
    let penalty = best.epoch == 1 ? "0.1" : "3"
    #expect(
      metadata["chosen"] == #"{"backbone":"ease","frequentItems":10000,"penalties":[\#(penalty)]}"#)
    #expect(metadata["backbone"] == "ease" && metadata["task"] == "direct")
  }

  /// A damage to a sound artifact, and what the error says.
  struct Damage: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var change: @Sendable (inout Artifact) -> Void

    init(_ words: String, _ change: @escaping @Sendable (inout Artifact) -> Void) {
      testDescription = words
      self.change = change
    }
  }

  static let damages: [Damage] = [
    Damage("no configuration in the metadata") { $0.metadata["configuration"] = nil },
    Damage("no chosen in the metadata") { $0.metadata["chosen"] = nil },
    Damage("backbone is mff, expected the name of a model") { $0.metadata["backbone"] = "mff" },
    Damage("seed is −1, expected a whole number") { $0.metadata["seed"] = "−1" },
    Damage("expected what sasrec reads as JSON") { $0.metadata["backbone"] = "sasrec" },
    Damage("configuration is {") { $0.metadata["configuration"] = "{" },
    Damage("embeddingDimension is missing") {
      $0.metadata["configuration"] = #"{"backbone":"mf"}"#
    },
    Damage("embeddingDimension is 0, expected at least 1") {
      $0.metadata["configuration"]?.replace(
        #""embeddingDimension":8"#, with: #""embeddingDimension":0"#)
    },
    Damage("learningRate is 0.0, expected above 0") {
      $0.metadata["chosen"]?.replace(#""learningRate":0.003"#, with: #""learningRate":0"#)
    },
    Damage("column users: found shape [192], expected 2 dimensions") {
      $0.set("users", floats: [Float](repeating: 0, count: 192))
    },
    Damage("column items, value 0: found nan, expected -1000000000.0...1000000000.0") {
      $0.set("items", floats: [.nan, 1], shape: [1, 2])
    },
  ]

  @Test("is refused where metadata or a parameter is damaged", arguments: damages)
  func damage(_ damage: Damage) throws {
    var artifact = try train(.mf, checkerboard(), small(.mf)).model.artifact()
    damage.change(&artifact)
    #expect {
      _ = try BackboneModel(artifact: artifact)
    } throws: { error in
      (error is BackboneError || error is ArtifactError)
        && "\(error)".contains(damage.testDescription)
    }
  }

  @Test("of another size, or with a penalty that solves nothing, predicts nothing")
  func otherData() throws {
    for name in BackboneName.allCases where ![.ease, .itemknn].contains(name) {
      let model = try train(name, .suitable(for: name), small(name)).model
      let other = name.task == .sequential ? circles(items: 9) : checkerboard(users: 8, items: 10)
      #expect(throws: BackboneError.self, "\(name.rawValue)") {
        try model.predictions(on: other, candidates: 5)
      }
    }
    for name in [BackboneName.ease, .itemknn] {
      var model = try train(name, checkerboard(), small(name)).model
      model.parameters = [("penalty", Matrix(rows: 1, columns: 1, repeating: -1))]
      #expect(
        throws: BackboneError.parameter(
          backbone: name, name: "penalty", found: "-1.0", expected: "above 0")
      ) { try model.predictions(on: checkerboard(), candidates: 5) }
    }
  }

  @Test("a penalty that rounding swallows is refused, not a trap")
  func swallowedPenalty() {
    // Two items that the same users have: XᵀX is singular.
    let data = TrainingData(
      train: histories([[0, 1], [0, 1], [0, 1, 2]], itemCount: 3), validation: targets([2, 2, -1]))
    var configuration = BackboneConfiguration.defaults(for: .ease)
    configuration.penalties = [1e-20]
    #expect {
      try train(.ease, data, configuration)
    } throws: { error in
      guard case .configuration(.ease, "penalties", _, _)? = error as? BackboneError else {
        return false
      }
      return true
    }
  }
}
