import Foundation
import Foundations
import Testing

/// Rules of honest evaluation, at the level where they can break: the wiring of `pipeline.yaml`.
@Suite("Honest evaluation")
struct HonestyTests {
  @Test("no stage takes test targets for validation targets, wherever the wiring is changed")
  func wiring() throws {
    let workspace = try Workspace()
    let yaml = workspace.read("pipeline.yaml")
    let uses = yaml.ranges(of: "preprocess.validation")
    #expect(uses.count >= 6)
    for use in uses {
      var changed = yaml
      changed.replaceSubrange(use, with: "preprocess.test")
      let path = workspace.folder.appending(path: "changed.yaml")
      try Data(changed.utf8).write(to: path)
      // Stages that only inspect are planned when they are asked for.
      let refused = try [[], ["--until", "show-prompt"]].map { limits in
        try workspace.call(["run", "--dry-run", "--pipeline", "changed.yaml"] + limits)
      }.first { $0.code == 2 }
      #expect(refused?.errors.contains("preprocess.test, which holds \"test\"") == true)
    }
  }

  @Test("permuted test items and ratings leave every artifact outside the measured path as it is")
  func canary() throws {
    var artifacts: [[String: String]] = []
    for shift in [0, 7] {
      let workspace = try Workspace()
      try Self.write(to: workspace.folder.appending(path: "data"), shiftingTestsBy: shift)
      let outcome = try workspace.call(
        [
          "run", "--plain", "--profile", "csv", "--until", "score-prompts", "--set",
          "backbones=mf,sasrec", "--set", "pretrain-llm.epochs=2", "--set",
          "train-backbone.epochs=3", "--set", "retrain-augmented.epochs=3", "--set",
          "tune-llm.epochs=1",
        ])
      #expect(outcome.code == 0, "\(outcome.output)")
      artifacts.append(try workspace.artifacts(of: "csv"))
    }
    #expect(artifacts[0].count > 20)
    let differing = artifacts[0].keys.filter { artifacts[0][$0] != artifacts[1][$0] }.sorted()
    #expect(
      differing == [
        "preprocess/rating-questions.safetensors.zst", "preprocess/test.safetensors.zst",
      ])
  }

  /// Sixty users whose test items no user has in any other place, so that they can be permuted.
  private static func write(to folder: URL, shiftingTestsBy shift: Int) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let items = (0..<50).map { "i\($0),Title \($0)" }.joined(separator: "\n")
    try Data("item,title\n\(items)\n".utf8).write(to: folder.appending(path: "items.csv"))
    var random = SeededRandom(seed: 1)
    var lines = ["user,item,rating,timestamp"]
    for user in 0..<60 {
      var seen = Array(0..<30)
      random.shuffle(&seen)
      for (time, item) in seen.prefix(9).enumerated() {
        lines.append("u\(user),i\(item),\(1 + random.below(5)),\(time)")
      }
      let test = (user + shift) % 60
      lines.append("u\(user),i\(30 + test % 20),\(1 + test % 5),99")
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8)
      .write(to: folder.appending(path: "interactions.csv"))
  }
}
