import Artifacts
import Datasets
import Testing

@Suite struct RecommendationsTests {
  private let recommendations = Recommendations(
    itemIDs: ["a", "b", "c"], titles: ["A", "B", ""],
    lists: [
      .init(
        user: "u1",
        entries: [
          .init(item: 2, score: 1.5, recommenderScore: 3, languageModelScore: -2, source: .both),
          .init(
            item: 0, score: -1, recommenderScore: 1, languageModelScore: -4, source: .languageModel),
        ], interactions: 4, alpha: 0.3, shown: [1], similar: [0, 2], hints: [2]),
      .init(user: "neu", entries: []),
      .init(
        user: "u3",
        entries: [
          .init(item: 1, score: 9, recommenderScore: 9, languageModelScore: 0, source: .popular)
        ]),
    ])

  @Test func `lists come back as they went`() throws {
    #expect(try Recommendations(artifact: recommendations.artifact()) == recommendations)
  }

  @Test func `lists that do not fit together are refused`() {
    func expect(_ finding: String, _ change: (inout Artifact) -> Void) {
      var artifact = recommendations.artifact()
      change(&artifact)
      let error = #expect(throws: ArtifactError.self) { try Recommendations(artifact: artifact) }
      #expect(error.map { "\($0)".contains(finding) } == true, "\(error.map { "\($0)" } ?? "")")
    }
    expect("column users: found u1 twice") { $0.set("users", text: ["u1", "u1", "u3"]) }
    expect("column entry.items, value 0: found 3, expected 0...2 (items)") {
      $0.set("entry.items", int32s: [3, 0, 1])
    }
    expect("column entry.source, value 1: found 4") { $0.set("entry.source", bytes: [0, 4, 1]) }
    expect("column similar.offsets, value 2: found 2, expected at least 3") {
      $0.set("similar.offsets", int64s: [0, 3, 2, 2])
    }
  }
}
