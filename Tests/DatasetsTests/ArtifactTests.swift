import Artifacts
import Datasets
import TestSupport
import Testing

@Suite struct ArtifactTests {
  private let entities = Entities(
    ids: ["7", "é"], titles: ["Title, The", ""],
    attributes: [
      Attribute(name: "year", isNumeric: true, values: [["1999"], []]),
      Attribute(name: "genres", isNumeric: false, values: [["A", "B|C"], ["", "D"]]),
      Attribute(name: "empty", isNumeric: false, values: [[], []]),
    ])
  private let train = Histories(
    offsets: [0, 2, 2, 3], items: [1, 0, 1], ratings: [1, 2.5, -3], times: [1, 2, .max],
    itemCount: 2)

  @Test func `Every type comes back as it went`() throws {
    #expect(try Entities(artifact: entities.artifact(schema: "catalogue")) == entities)
    #expect(entities.artifact(schema: "users").schema == "users")
    #expect(try Histories(artifact: train.artifact()) == train)
    let targets = Targets(items: [-1, 5], ratings: [0, 4])
    #expect(try Targets(artifact: targets.testArtifact()) == targets)
    #expect(targets.testArtifact().schema == "test")
    let validation = ValidationTargets(targets: targets, stopping: [true, false])
    #expect(try ValidationTargets(artifact: validation.artifact()) == validation)
    #expect(validation.artifact().schema == "validation")
    #expect(validation.choosing == [false, true])
    let questions = RatingQuestions(targets)
    #expect(questions.items == [-1, 5])
    #expect(try RatingQuestions(artifact: questions.artifact()) == questions)
    let table = FeatureTable(
      users: entities.selecting([0, 1, 0]), items: entities, train: train)
    #expect(table.fields.count == 8)
    #expect(try FeatureTable(artifact: table.artifact()) == table)
  }

  @Test func `The columns are those of the contract`() throws {
    let catalogue = entities.artifact(schema: "catalogue")
    #expect(catalogue.metadata["numeric"] == "year")
    #expect(try catalogue.text("attributes") == ["year", "genres", "empty"])
    #expect(try catalogue.text("attribute.genres.values") == ["A", "B|C", "", "D"])
    #expect(try catalogue.int64s("attribute.genres.offsets") == [0, 2, 4])
    #expect(train.artifact().metadata["items"] == "2")
    #expect(try train.artifact().int64s("offsets") == [0, 2, 2, 3])
    let features = FeatureTable(
      users: entities.selecting([0, 1, 0]), items: entities, train: train
    )
    .artifact()
    #expect(
      features.metadata["sides"]
        == #"["user","user","user","user","item","item","item","item"]"#)
    #expect(features.metadata["cardinalities"] == "[4,2,3,1,3,2,5,1]")
    #expect(try features.int64s("field.item.genres.offsets") == [0, 2, 4])
  }

  /// Changes a sound artifact and expects the finding about it.
  private func expect<Value>(
    _ finding: String, of artifact: Artifact, as type: (Artifact) throws -> Value,
    _ change: (inout Artifact) -> Void, at location: SourceLocation = #_sourceLocation
  ) {
    var artifact = artifact
    change(&artifact)
    let error = #expect(throws: ArtifactError.self, sourceLocation: location) {
      _ = try type(artifact)
    }
    #expect(
      error.map { "\($0)".contains(finding) } == true, "\(error.map { "\($0)" } ?? "")",
      sourceLocation: location)
  }

  @Test func `Entities refuse columns that do not fit together`() {
    let catalogue = Entities(
      ids: ["1", "2"], titles: ["", ""],
      attributes: [Attribute(name: "genres", isNumeric: false, values: [["A"], ["B", "C"]])]
    ).artifact(schema: "catalogue")
    let offsets = "attribute.genres.offsets"
    let read = { try Entities(artifact: $0) }
    expect("found shape [4], expected [3 (items)]", of: catalogue, as: read) {
      $0.set(offsets, int64s: [0, 1, 2, 3])
    }
    expect("value 2: found 2, expected 3, where the values end", of: catalogue, as: read) {
      $0.set(offsets, int64s: [0, 1, 2])
    }
    expect("value 2: found 3, expected at least 4", of: catalogue, as: read) {
      $0.set(offsets, int64s: [0, 4, 3])
    }
    expect("value 0: found 1, expected 0", of: catalogue, as: read) {
      $0.set(offsets, int64s: [1, 2, 3])
    }
    expect("column ids: found 1 twice", of: catalogue, as: read) {
      $0.set("ids", text: ["1", "1"])
    }
    expect("found shape [1], expected [2 (items)]", of: catalogue, as: read) {
      $0.set("titles", text: [""])
    }
    expect("found shape [2], expected [3 (items)]", of: catalogue, as: read) {
      $0.metadata["items"] = "3"
    }
    expect("metadata items: found '-1', expected a whole number", of: catalogue, as: read) {
      $0.metadata["items"] = "-1"
    }
  }

  @Test func `Histories refuse columns that do not fit together`() {
    func expect(_ finding: String, _ change: (inout Artifact) -> Void) {
      self.expect(finding, of: train.artifact(), as: { try Histories(artifact: $0) }, change)
    }
    expect("column items, value 1: found 2, expected 0...1 (items)") {
      $0.set("items", int32s: [0, 2, 1])
    }
    expect("column items, value 1: found -1, expected 0...1 (items)") {
      $0.set("items", int32s: [0, -1, 1])
    }
    expect("column ratings: found shape [2], expected [3 (interactions)]") {
      $0.set("ratings", floats: [1, 2])
    }
    expect("column ratings, value 2: found nan, expected -1000000.0...1000000.0") {
      $0.set("ratings", floats: [1, 2, .nan])
    }
    expect("column ratings, value 2: found 3.4028235e+38") {
      $0.set("ratings", floats: [1, 2, .greatestFiniteMagnitude])
    }
    expect("column times: found shape [4], expected [3 (interactions)]") {
      $0.set("times", int64s: [1, 2, 3, 4])
    }
    expect("column times: found F32, expected I64") { $0.set("times", floats: [1, 2, 3]) }
    expect("column offsets, value 2: found 2, expected at least 3") {
      $0.set("offsets", int64s: [0, 3, 2, 3])
    }
    expect("column offsets: found shape [0], expected [at least 1]") {
      $0.set("offsets", int64s: [])
    }
    expect("metadata items: found nothing, expected a whole number") { $0.metadata["items"] = nil }
    expect("found shape [4], expected [8 (users)]") { $0.metadata["users"] = "7" }
  }

  @Test func `Other types refuse columns that do not fit together`() {
    let parting = ValidationTargets(
      targets: Targets(items: [0], ratings: [1]), stopping: [true]
    ).artifact()
    let readParting = { try ValidationTargets(artifact: $0) }
    expect("column stopping, value 0: found 2, expected 0.0...1.0", of: parting, as: readParting) {
      $0.set("stopping", bytes: [2])
    }
    expect("column stopping: found shape [2], expected [1 (users)]", of: parting, as: readParting) {
      $0.set("stopping", bytes: [0, 1])
    }
    let targets = Targets(items: [0], ratings: [1]).testArtifact()
    let readTargets = { try Targets(artifact: $0) }
    expect("column items, value 0: found -2, expected -1...", of: targets, as: readTargets) {
      $0.set("items", int32s: [-2])
    }
    expect("column items, value 0: found 1, expected -1...0 (items)", of: targets, as: readTargets)
    {
      $0.metadata["items"] = "1"
      $0.set("items", int32s: [1])
    }
    expect("column ratings: found shape [1], expected [2 (users)]", of: targets, as: readTargets) {
      $0.set("items", int32s: [1, 2])
    }
    let questions = RatingQuestions(items: [0]).artifact()
    let readQuestions = { try RatingQuestions(artifact: $0) }
    expect("column items, value 0: found -3", of: questions, as: readQuestions) {
      $0.set("items", int32s: [-3])
    }
    let features = FeatureTable(
      users: entities.selecting([0, 1, 0]), items: entities, train: train
    ).artifact()
    let readFeatures = { try FeatureTable(artifact: $0) }
    expect(
      "column field.item.values, value 1: found 3, expected 0.0...2.0", of: features,
      as: readFeatures
    ) { $0.set("field.item.values", int32s: [1, 3]) }
    expect(
      "column field.item.offsets, value 1: found 0, expected at least 1", of: features,
      as: readFeatures
    ) { $0.set("field.item.offsets", int64s: [0, 0, 2]) }
    expect("metadata sides: found '[]', expected a JSON list", of: features, as: readFeatures) {
      $0.metadata["sides"] = "[]"
    }
    expect("metadata cardinalities: found", of: features, as: readFeatures) {
      $0.metadata["cardinalities"] = "[4,2,3,1,3,0,5,1]"
    }
    expect("expected a field item of the items", of: features, as: readFeatures) {
      $0.set("fields", text: ["user", "a", "b", "c", "d", "e", "f", "g"])
    }
  }
}
