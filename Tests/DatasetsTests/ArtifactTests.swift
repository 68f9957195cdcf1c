import Artifacts
import Datasets
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

  @Test(arguments: [
    ("offsets", "4 entries, not 3"), ("offsets", "must run from 0 to 3"),
    ("offsets", "must never fall"),
  ])
  func `Offsets that do not fit are refused`(column: String, reason: String) throws {
    let column = "attribute.genres.offsets"
    var artifact = Entities(
      ids: ["1", "2"], titles: ["", ""],
      attributes: [Attribute(name: "genres", isNumeric: false, values: [["A"], ["B", "C"]])]
    ).artifact(schema: "catalogue")
    let broken: [String: [Int64]] = [
      "4 entries, not 3": [0, 1, 2, 3], "must run from 0 to 3": [0, 1, 2],
      "must never fall": [0, 4, 3],
    ]
    artifact.set(column, int64s: try #require(broken[reason]))
    #expect(
      throws: DatasetError.malformedArtifact(schema: "catalogue", column: column, reason: reason)
    ) { try Entities(artifact: artifact) }
  }

  @Test func `Histories refuse columns that do not fit together`() {
    func expect(_ column: String, _ reason: String, _ change: (inout Artifact) -> Void) {
      var artifact = train.artifact()
      change(&artifact)
      #expect(
        throws: DatasetError.malformedArtifact(
          schema: "interactions", column: column, reason: reason)
      ) { try Histories(artifact: artifact) }
    }
    expect("items", "an item outside 0..<2") { $0.set("items", int32s: [0, 2, 1]) }
    expect("items", "an item outside 0..<2") { $0.set("items", int32s: [0, -1, 1]) }
    expect("ratings", "2 entries, not 3") { $0.set("ratings", floats: [1, 2]) }
    expect("ratings", "a rating that is not finite") { $0.set("ratings", floats: [1, 2, .nan]) }
    expect("times", "4 entries, not 3") { $0.set("times", int64s: [1, 2, 3, 4]) }
    expect("offsets", "must never fall") { $0.set("offsets", int64s: [0, 3, 2, 3]) }
    expect("offsets", "no entries") { $0.set("offsets", int64s: []) }
    expect("items", "the metadata does not say how many items the catalogue has") {
      $0.metadata["items"] = nil
    }
  }

  @Test func `Other types refuse columns that do not fit together`() {
    func error(_ schema: String, _ column: String, _ reason: String) -> DatasetError {
      .malformedArtifact(schema: schema, column: column, reason: reason)
    }
    var parting = ValidationTargets(
      targets: Targets(items: [0], ratings: [1]), stopping: [true]
    ).artifact()
    parting.set("stopping", bytes: [2])
    #expect(throws: error("validation", "stopping", "a flag that is neither 0 nor 1")) {
      try ValidationTargets(artifact: parting)
    }
    parting.set("stopping", bytes: [0, 1])
    #expect(throws: error("validation", "stopping", "2 entries, not 1")) {
      try ValidationTargets(artifact: parting)
    }
    var targets = Targets(items: [0], ratings: [1]).testArtifact()
    targets.set("items", int32s: [-2])
    #expect(throws: error("test", "items", "an item below -1")) {
      try Targets(artifact: targets)
    }
    targets.set("items", int32s: [1, 2])
    #expect(throws: error("test", "ratings", "1 entries, not 2")) {
      try Targets(artifact: targets)
    }
    #expect(throws: error("questions", "items", "an item below -1")) {
      try RatingQuestions(artifact: RatingQuestions(items: [-3]).artifact())
    }
    var twice = entities.artifact(schema: "users")
    twice.set("ids", text: ["1", "1"])
    #expect(throws: error("users", "ids", "an identifier occurs twice")) {
      try Entities(artifact: twice)
    }
    let table = FeatureTable(users: entities.selecting([0, 1, 0]), items: entities, train: train)
    var features = table.artifact()
    features.set("field.item.values", int32s: [1, 3])
    #expect(throws: error("features", "field.item.values", "a value outside 0..<3")) {
      try FeatureTable(artifact: features)
    }
    features = table.artifact()
    features.set("field.item.offsets", int64s: [0, 0, 2])
    #expect(throws: error("features", "field.item.offsets", "a row without a value")) {
      try FeatureTable(artifact: features)
    }
    features = table.artifact()
    features.metadata["sides"] = "[\"user\"]"
    #expect(
      throws: error("features", "sides", "the metadata must be a JSON list of 8 entries")
    ) { try FeatureTable(artifact: features) }
  }
}
