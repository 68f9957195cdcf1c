import Recommenders
import StageKit
import StageParts
import StageProtocol
import Testing

@Suite("The hyperparameters of a stage that trains a backbone") struct BackboneParameterTests {
  private func configuration(
    of name: BackboneName, _ json: String
  ) throws -> BackboneConfiguration {
    let given = json.dropFirst().dropLast()
    let all = #"{"backbone":"\#(name.rawValue)"\#(given.isEmpty ? "" : ",")\#(given)}"#
    return try BackboneTraining.configuration(of: name, ParameterValues(Self.stage, json: all))
  }

  private static let stage = StageDescription(
    name: "train", summary: "", inputs: [], outputs: [], parameters: BackboneTraining.parameters,
    variants: BackboneTraining.variants, rules: BackboneTraining.rules)

  @Test("are the model's defaults where nothing is set", arguments: BackboneName.allCases)
  func defaults(name: BackboneName) throws {
    #expect(try configuration(of: name, "{}") == .defaults(for: name))
  }

  @Test("are set by their names")
  func set() throws {
    var expected = BackboneConfiguration.defaults(for: .sasrec)
    expected.heads = 2
    expected.dropout = 0.3
    expected.sequenceWindows = .all
    #expect(
      try configuration(of: .sasrec, #"{"heads":2,"dropout":0.3,"sequenceWindows":"all"}"#)
        == expected)
    expected = .defaults(for: .xdeepfm)
    expected.interactionUnits = [8, 3]
    #expect(try configuration(of: .xdeepfm, #"{"interactionUnits":[8,3]}"#) == expected)
    expected = .defaults(for: .als)
    expected.penalties = [0.5]
    #expect(try configuration(of: .als, #"{"penalties":[0.5]}"#) == expected)
  }

  @Test("that the model does not read are refused with those that it reads")
  func unread() {
    let error = #expect(throws: ParameterError.self) {
      try configuration(of: .ease, #"{"maskRate":0.3}"#)
    }
    #expect(
      error?.description
        == "parameter 'maskRate' is not read by ease; ease reads frequentItems, penalties")
    let other = #expect(throws: ParameterError.self) {
      try configuration(of: .xdeepfm, #"{"attentionUnits":4}"#)
    }
    #expect(other?.description.contains("did you mean 'interactionUnits'?") == true)
    for name in BackboneName.allCases where !name.hyperparameters.map(\.name).contains("maskRate") {
      #expect(throws: ParameterError.self) { try configuration(of: name, #"{"maskRate":0.3}"#) }
    }
  }

  @Test("that do not go together are refused before anything is read")
  func rules() {
    #expect(
      throws: ParameterError.conflict(
        name: "heads", found: "3", expected: "a divisor of embeddingDimension (64)",
        with: "embeddingDimension")
    ) { try configuration(of: .sasrec, #"{"heads":3}"#) }
    #expect(
      throws: ParameterError.conflict(
        name: "interactionUnits", found: "[7,4]",
        expected: "even numbers in all places but the last")
    ) { try configuration(of: .xdeepfm, #"{"interactionUnits":[7,4]}"#) }
    // Beyond the precision of Float.
    #expect(
      throws: BackboneError.configuration(
        backbone: .mf, key: "learningRate", found: "0.0", expected: "above 0")
    ) { try configuration(of: .mf, #"{"learningRate":1e-60}"#) }
  }
}
