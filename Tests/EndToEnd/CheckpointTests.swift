import Foundation
import Foundations
import TestSupport
import Testing

/// A pretrained checkpoint in every stage: a tiny random one, named on the command line.
@Suite(.serialized) struct CheckpointTests {
  /// A demo that a checkpoint answers in seconds.
  private static let small = [
    "--profile", "demo", "--llm", "smollm2", "--set", "preprocess.demoUsers=20", "--set",
    "preprocess.demoItems=40", "--set", "preprocess.demoInteractions=300", "--set",
    "train-backbone.epochs=3", "--set", "retrain-augmented.epochs=3",
  ]

  /// A workspace with a checkpoint in `tiny/`, and the arguments of a run with it.
  private static func space() throws -> (Workspace, [String]) {
    let space = try Workspace()
    try writeTinyCheckpoint(to: space.folder.appending(path: "tiny").path, contextLength: 1024)
    return (space, small + ["--set", "llm.path=tiny"])
  }

  private struct Row: Decodable {
    var task: String
    var method: String
    var languageModel: String?
    var mean: Double?

    enum CodingKeys: String, CodingKey {
      case task, method, mean
      case languageModel = "language_model"
    }
  }

  @Test func `a checkpoint takes the title Llama's place in every stage, wherever it lies`() throws
  {
    let (space, arguments) = try Self.space()
    let run = try space.call(["run"] + arguments)
    #expect(run.code == 0, "\(run.errors)\n\(run.output)")
    #expect(!run.output.contains("pretrain-llm") && run.output.contains("open-llm"))
    let json = try space.call(["results", "--all", "--profile", "demo", "--format", "json"]).output
    let rows = try JSONDecoder().decode([Row].self, from: Data(json.utf8))
    let asked = rows.filter { $0.languageModel != nil }
    #expect(Set(asked.map(\.languageModel)) == ["smollm2"])
    #expect(Set(asked.map(\.task)) == ["direct", "sequential", "rating"])
    #expect(Set(asked.map(\.method)).isSuperset(of: ["ift", "llama4rec", "language-model-alone"]))

    let tiny = space.folder.appending(path: "tiny").path
    try FileManager.default.moveItem(atPath: tiny, toPath: tiny + "-elsewhere")
    let again = try space.call(["run"] + Self.small + ["--set", "llm.path=tiny-elsewhere"])
    #expect(again.code == 0 && !again.output.contains(": runs,"), "\(again.output)")

    // Other weights in the same place are another model: its stages run, and nothing of the first is recalled.
    try writeTinyCheckpoint(to: tiny, contextLength: 1024, seed: 4)
    let other = try space.call(["run", "--dry-run"] + arguments)
    #expect(other.output.contains("open-llm: runs, input checkpoint changed"), "\(other.output)")
  }

  @Test func `answers outlive a stage and its code, and another stage's kill`() throws {
    let (space, arguments) = try Self.space()
    let limits = ["--until", "score-prompts", "--set", "backbones=mf"]
    #expect(try space.call(["run"] + arguments + limits).code == 0)
    func answers() throws -> String {
      try space.call(["answers", "stats"]).output
    }
    let before = try answers()
    #expect(before.contains("the database is sound"))
    let scores = "artifacts/demo/score-prompts/mf-1/scores.safetensors.zst"
    let bytes = space.bytes(scores)

    // As after a change of the stage's code: it runs again, and every answer is there.
    let forced = ["--force", "score-prompts"]
    #expect(try space.call(["run"] + arguments + limits + forced).code == 0)
    #expect(try answers() == before)
    #expect(space.bytes(scores) == bytes)

    // Killed at some answer, without the first run's.
    #expect(try space.call(["answers", "prune", "--model", "smollm2"]).code == 0)
    let killed = try space.begin(["run"] + arguments + limits + forced)
    try space.wait("some answers") {
      !killed.isRunning || ((try? answers()) ?? "0 ").hasPrefix("0 ") == false
    }
    kill(killed.processIdentifier, SIGKILL)
    _ = space.finish(killed)
    #expect(try space.call(["run"] + arguments + limits + forced).code == 0)
    #expect(space.bytes(scores) == bytes)
    #expect(try space.call(["answers", "ls"]).output.contains("smollm2"))
  }

  @Test func `two stages ask and keep at the same time`() throws {
    let (space, arguments) = try Self.space()
    let limits = ["--until", "retrain-augmented", "--set", "backbones=mf"]
    #expect(try space.call(["run"] + arguments + limits).code == 0)
    let calls = try (0..<2).map { index in
      try space.begin(
        Self.scoring(output: "scores-\(index).zst", in: space) + ["--answers", "both.sqlite"],
        executable: "stage-score-prompts")
    }
    for call in calls {
      let outcome = space.finish(call)
      #expect(outcome.code == 0, "\(outcome.errors)")
    }
    #expect(!space.bytes("scores-0.zst").isEmpty)
    #expect(space.bytes("scores-0.zst") == space.bytes("scores-1.zst"))
  }

  @Test func `other weights than the artifact names, none, and a damaged store are refused`() throws
  {
    let (space, arguments) = try Self.space()
    let limits = ["--until", "retrain-augmented", "--set", "backbones=mf"]
    #expect(try space.call(["run"] + arguments + limits).code == 0)
    func refused(_ arguments: [String], with code: Int32, saying words: String) throws {
      let outcome = try space.call(arguments, executable: "stage-score-prompts")
      #expect(outcome.code == code && outcome.errors.contains(words), "\(outcome.errors)")
    }
    try Files.writeAtomically(
      "SQLite format 2", to: space.folder.appending(path: "torn.sqlite").path)
    let call = try Self.scoring(output: "scores.zst", in: space)
    try refused(call + ["--answers", "torn.sqlite"], with: 65, saying: "move it")
    let withoutWeights = call.indices.filter { index in
      !call[index].hasPrefix("checkpoint=")
        && !(index + 1 < call.count && call[index + 1].hasPrefix("checkpoint="))
    }.map { call[$0] }
    try refused(withoutWeights, with: 2, saying: "checkpoint")
    try writeTinyCheckpoint(
      to: space.folder.appending(path: "tiny").path, contextLength: 1024, seed: 4)
    try refused(call, with: 65, saying: "found other weights")
  }

  /// The arguments of score-prompts on the artifacts of a run with the checkpoint in `tiny/`.
  private static func scoring(output: String, in space: Workspace) throws -> [String] {
    func input(_ name: String, _ path: String) -> [String] {
      ["--input", "\(name)=artifacts/demo/\(path).safetensors.zst"]
    }
    let folder = space.folder.appending(path: "tiny").path
    let weights = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      .flatMap { ["--input", "checkpoint=tiny/\($0)"] }
    return weights + input("model", "tune-llm/mf-1/model") + input("pretrained", "open-llm/model")
      + input("train", "preprocess/train") + input("validation", "preprocess/validation")
      + input("predictions", "train-backbone/mf-1/predictions")
      + input("augmented", "retrain-augmented/mf-1/predictions")
      + input("backbone", "train-backbone/mf-1/model")
      + input("retrained", "retrain-augmented/mf-1/model")
      + ["--parameters", #"{"modes":["listwise","options"],"ownCandidates":10}"#]
      + ["--output", "scores=\(output)"]
  }
}
