import Datasets
import Evaluation
import Recommenders
import Tensors
import TestSupport
import Testing

@Suite("The table of models") struct BackboneTableTests {
  @Test("has a row for every name, in the order of the names", arguments: BackboneName.allCases)
  func rows(name: BackboneName) throws {
    // A name without a row is a trap.
    #expect(!name.label.isEmpty)
    #expect(BackboneName.allCases.count { $0.label == name.label } == 1)
    let names = name.hyperparameters.map(\.name)
    #expect(Set(names).count == names.count)
    try BackboneConfiguration.defaults(for: name).check(for: name)
  }

  @Test("spells a model's label as its name, capitals and signs aside")
  func labels() {
    for name in BackboneName.allCases where name != .bias {
      #expect(name.label.lowercased().filter(\.isLetter) == name.rawValue.filter(\.isLetter))
    }
  }

  @Test("declares every property of a configuration that some model reads, by its own name")
  func properties() {
    let properties = Mirror(reflecting: BackboneConfiguration()).children.compactMap(\.label)
    #expect(Set(properties) == Set(Hyperparameter.all.map(\.name)))
    #expect(Hyperparameter.all.allSatisfy { !$0.readers.isEmpty })
  }

  /// Data on which every hyperparameter has something to do: several batches, and histories longer
  /// than a window.
  private func data(for name: BackboneName) -> TrainingData {
    name.task == .sequential
      ? circles(users: 20, length: 9) : checkerboard(users: 12, items: 16)
  }

  /// The same where no epoch is better at validation than another, so that patience ends: the items
  /// there are known and never listed, and all ratings are equal.
  private func flatData(for name: BackboneName) -> TrainingData {
    var data = data(for: name)
    data.validation.items = (0..<data.train.userCount).map { data.train.items(of: $0).first ?? 0 }
    data.train.ratings = data.train.ratings.map { _ in 3 }
    return data
  }

  private func base(_ name: BackboneName) -> BackboneConfiguration {
    var configuration = small(name)
    configuration.batchSize = 8
    configuration.learningRate = 0.02
    configuration.patience = 5
    configuration.l2 = 0.01
    configuration.dropout = 0.2
    configuration.sequenceLoss = .binary
    configuration.candidateNegatives = 4
    configuration.neighbours = 4
    configuration.frequentItems = 10
    if !configuration.penalties.isEmpty { configuration.penalties = [3, 10] }
    return configuration
  }

  /// Another value within the limits.
  private func changed(
    _ parameter: Hyperparameter, in configuration: BackboneConfiguration
  ) -> BackboneConfiguration {
    var result = configuration
    switch parameter.value(in: configuration) {
    case .integer(let value):
      let other =
        switch parameter.name {
        case "patience": 1
        case "epochs": value / 2
        default: 2 * value  // Heads still divide the width.
        }
      parameter.set(.integer(other), in: &result)
    case .number(let value): parameter.set(.number(0.5 * value + 0.03), in: &result)
    case .integers(let values): parameter.set(.integers([6] + values), in: &result)
    case .numbers(let values): parameter.set(.numbers([0.5] + values), in: &result)
    case .choice(let word):
      guard case .choice(let words) = parameter.kind else { break }
      parameter.set(.choice(words.first { $0 != word } ?? word), in: &result)
    }
    return result
  }

  @Test(
    "says which hyperparameters a model reads: the others change nothing",
    arguments: BackboneName.allCases)
  func reads(name: BackboneName) throws {
    let configuration = base(name)
    let (data, flat) = (data(for: name), flatData(for: name))
    let before = try train(name, data, configuration)
    let flatBefore = try train(name, flat, configuration)
    var sampled = configuration
    sampled.sequenceLoss = .softmax
    sampled.fullSoftmaxItems = 8
    sampled.sampledItems = 6
    let sampledBefore = try train(name, data, sampled)
    let reads = Set(name.hyperparameters.map(\.name))
    for parameter in Hyperparameter.all {
      let isOfSample = ["fullSoftmaxItems", "sampledItems"].contains(parameter.name)
      let configuration = isOfSample ? sampled : configuration
      let other = changed(parameter, in: configuration)
      #expect(other != configuration)
      let isFlat = parameter.name == "patience"
      let before = isOfSample ? sampledBefore : isFlat ? flatBefore : before
      let after = try train(name, isFlat ? flat : data, other)
      let isSame = after.predictions == before.predictions && after.curve == before.curve
      #expect(isSame != reads.contains(parameter.name), "\(name.rawValue) \(parameter.name)")
    }
  }

  @Test("keeps numbers within their limits and refuses them outside, by name")
  func limits() throws {
    for name in BackboneName.allCases {
      for parameter in name.hyperparameters {
        for value in outside(parameter) {
          var configuration = BackboneConfiguration.defaults(for: name)
          parameter.set(value, in: &configuration)
          #expect {
            try configuration.check(for: name)
          } throws: { error in
            guard
              case .configuration(let backbone, let key, let found, _)? = error as? BackboneError
            else { return false }
            return backbone == name && key == parameter.name && found == "\(value)"
          }
        }
      }
    }
  }

  private func outside(_ parameter: Hyperparameter) -> [Hyperparameter.Value] {
    switch parameter.kind {
    case .integer: [.integer(0), .integer(-1), .integer(.max), .integer(.min)]
    case .number: [.number(-1), .number(.nan), .number(.infinity)]
    case .integers: [.integers([0, 2]), .integers([8, .max]), .integers([-2, 2])]
    case .numbers: [.numbers([]), .numbers([1, 0]), .numbers([.nan]), .numbers([-1])]
    case .choice: []
    }
  }
}
