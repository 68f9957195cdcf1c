import Recommenders
import StageKit
import StageParts
import Testing

@Suite("The hyperparameters of a stage that trains a backbone") struct BackboneParameterTests {
  private func configuration(
    of name: BackboneName, _ json: String
  ) throws -> BackboneConfiguration {
    try BackboneTraining.configuration(
      of: name, ParameterValues(BackboneTraining.parameters, json: json))
  }

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
    #expect(
      throws: StageFailure(
        "parameter 'maskRate': ease does not read it; ease reads penalties", exitCode: .usage)
    ) { try configuration(of: .ease, #"{"maskRate":0.3}"#) }
    #expect(
      throws: StageFailure(
        "parameter 'attentionUnits': xdeepfm does not read it; did you mean 'interactionUnits'? "
          + "xdeepfm reads embeddingDimension, learningRate, batchSize, epochs, patience, "
          + "validationInterval, l2, initialDeviation, dropout, hiddenUnits, interactionUnits",
        exitCode: .usage)
    ) { try configuration(of: .xdeepfm, #"{"attentionUnits":4}"#) }
    for name in BackboneName.allCases where !name.hyperparameters.map(\.name).contains("maskRate") {
      #expect(throws: StageFailure.self) { try configuration(of: name, #"{"maskRate":0.3}"#) }
    }
  }

  @Test("that do not go together are refused before anything is read")
  func rules() {
    #expect(
      throws: BackboneError.configuration(
        backbone: .sasrec, key: "heads", found: "3",
        expected: "a divisor of embeddingDimension (64)")
    ) { try configuration(of: .sasrec, #"{"heads":3}"#) }
    #expect(
      throws: BackboneError.configuration(
        backbone: .xdeepfm, key: "interactionUnits", found: "[7, 4]",
        expected: "all but the last even")
    ) { try configuration(of: .xdeepfm, #"{"interactionUnits":[7,4]}"#) }
    // Beyond the precision of Float.
    #expect(
      throws: BackboneError.configuration(
        backbone: .mf, key: "learningRate", found: "0.0", expected: "above 0")
    ) { try configuration(of: .mf, #"{"learningRate":1e-60}"#) }
  }
}
