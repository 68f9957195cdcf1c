import Artifacts
import Evaluation
import MutualAugmentation
import Testing

@Suite struct CandidateScoresTests {
  private typealias Lists = CandidateScores.Lists
  private typealias Question = CandidateScores.Question

  /// Two users: the backbone lists 1, 2, 3 and 4, 5; the model 2, 9 and 8, 7.
  private func union() -> Lists {
    Lists(
      backbone: Lists(
        length: 3, items: [1, 2, 3, 4, 5, -1], recommender: [0.9, 0.8, 0.7, 0.6, 0.5, 0]),
      own: [2, 9, 8, 7], ownLength: 2,
      score: { items in
        #expect(items == [9, -1, 8, 7])
        return [0.1, 0, 0.2, 0.3]
      })
  }

  private func scores() -> CandidateScores {
    var scores = CandidateScores(task: .direct)
    for isRetrained in [false, true] {
      for moment in Moment.allCases {
        scores.lists[.init(isRetrained: isRetrained, moment: moment)] = union()
      }
    }
    for variant in PromptVariant.allCases {
      for moment in Moment.allCases {
        scores.answers[Question(variant, .listwise, moment)] = [
          -1, -2, -3, -4, 0, -5, -6, 0, -7, -8,
        ]
      }
    }
    scores.alone = [.validation: [2, 9, 8, 7], .test: [2, 9, 8, 7]]
    scores.aloneLength = 2
    return scores
  }

  @Test func `the union has the backbone's list first, then what only the model lists`() {
    let union = union()
    #expect(union.length == 5)
    #expect(union.backboneLength == 3)
    #expect(union.items == [1, 2, 3, 9, -1, 4, 5, -1, 8, 7])
    #expect(union.recommender == [0.9, 0.8, 0.7, 0.1, 0, 0.6, 0.5, 0, 0.2, 0.3])
  }

  @Test(
    arguments: [
      (CandidateChoice(.backbone, .max), [[1, 2, 3], [4, 5]]),
      (CandidateChoice(.backbone, 2), [[1, 2], [4, 5]]),
      (CandidateChoice(.languageModel, .max), [[2, 9], [8, 7]]),
      (CandidateChoice(.languageModel, 1), [[2], [8]]),
      (CandidateChoice(.both, .max), [[1, 2, 3, 9], [4, 5, 8, 7]]),
      (CandidateChoice(.both, 1), [[1, 2], [4, 8]]),
    ] as [(CandidateChoice, [[Int32]])])
  func `a source takes the first items of each side`(
    choice: CandidateChoice, expected: [[Int32]]
  ) throws {
    let lists = try #require(scores().scored(Question(.plainBase, .listwise, .test), choice))
    #expect(lists.userCount == 2)
    for user in 0..<2 {
      let range = lists.offsets[user]..<lists.offsets[user + 1]
      #expect(Array(lists.items[range]) == expected[user])
    }
    // Both sides' scores stay with their items.
    let known: [Int32: (Float, Float)] = [
      1: (0.9, -1), 2: (0.8, -2), 3: (0.7, -3), 9: (0.1, -4), 4: (0.6, -5), 5: (0.5, -6),
      8: (0.2, -7), 7: (0.3, -8),
    ]
    for (place, item) in lists.items.enumerated() {
      #expect(known[item]?.0 == lists.recommender[place])
      #expect(known[item]?.1 == lists.languageModel[place])
    }
  }

  @Test func `scores come back as they went`() throws {
    let scores = scores()
    #expect(try CandidateScores(artifact: scores.artifact()) == scores)
    var ratings = CandidateScores(task: .rating)
    for variant in PromptVariant.allCases {
      for moment in Moment.allCases { ratings.answers[Question(variant, nil, moment)] = [3, 4] }
    }
    #expect(try CandidateScores(artifact: ratings.artifact()) == ratings)
  }

  @Test func `scores that do not fit together are refused`() {
    func expect(_ finding: String, _ change: (inout Artifact) -> Void) {
      var artifact = scores().artifact()
      change(&artifact)
      let error = #expect(throws: ArtifactError.self) { try CandidateScores(artifact: artifact) }
      #expect(error.map { "\($0)".contains(finding) } == true, "\(error.map { "\($0)" } ?? "")")
    }
    expect("found no column 'pretrained.listwise.test'") { $0.remove("pretrained.listwise.test") }
    expect("expected [2 (users), 5 (candidates)]") {
      $0.set("plain-base.listwise.test", floats: [1, 2], shape: [2, 1])
    }
    expect("metadata backbone-candidates: found '6'") { $0.metadata["backbone-candidates"] = "6" }
    expect("metadata task: found 'next'") { $0.metadata["task"] = "next" }
    expect("found 99, expected -1...9 (items)") {
      $0.metadata["items"] = "10"
      $0.set("base.test.items", int32s: [Int32](repeating: 99, count: 10), shape: [2, 5])
    }
  }
}
