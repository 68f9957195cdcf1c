import Foundation
import Testing

/// Answers of the language model are kept one by one: a kill costs at most the question under way.
@Suite(.serialized) struct JournalTests {
  /// The arguments of a stage that asks the model, on the artifacts of a small run.
  private static func arguments(of stage: String, output: String) -> [String] {
    let demo = "artifacts/demo"
    func input(_ name: String, _ path: String) -> [String] {
      ["--input", "\(name)=\(demo)/\(path).safetensors.zst"]
    }
    let model = input("model", "tune-llm/mf-1/model") + input("train", "preprocess/train")
    switch stage {
    case "label-augmentation":
      return model + input("catalogue", "preprocess/catalogue") + ["--output", "labels=\(output)"]
    default:
      return model + input("pretrained", "pretrain-llm/1/model")
        + input("validation", "preprocess/validation")
        + input("predictions", "train-backbone/mf-1/predictions")
        + input("augmented", "retrain-augmented/mf-1/predictions")
        + input("backbone", "train-backbone/mf-1/model")
        + input("retrained", "retrain-augmented/mf-1/model")
        + ["--output", "scores=\(output)"]
    }
  }

  /// A folder in which the model was tuned, for stages to be called in.
  private static func tuned() throws -> Workspace {
    let space = try Workspace()
    let run = try space.call(
      ["run", "--until", "retrain-augmented", "--set", "backbones=mf"] + Workspace.small)
    #expect(run.code == 0, "\(run.errors)")
    return space
  }

  /// Calls a stage with a scratch folder of its own, `STAGE-KIND`, and the output `STAGE-KIND.zst`.
  private static func call(_ stage: String, _ kind: String, in space: Workspace) throws {
    let outcome = try space.call(
      arguments(of: stage, output: "\(stage)-\(kind).zst") + ["--scratch", "\(stage)-\(kind)"],
      executable: "stage-\(stage)")
    #expect(outcome.code == 0, "\(outcome.errors)")
  }

  @Test func `a stage killed while it keeps answers ends with the bytes of a straight run`() throws
  {
    let space = try Self.tuned()
    let stage = "score-prompts"
    try Self.call(stage, "straight", in: space)
    let whole = space.bytes("\(stage)-straight/tuned.journal")

    let killed = try space.begin(
      Self.arguments(of: stage, output: "\(stage)-killed.zst")
        + ["--scratch", "\(stage)-killed"], executable: "stage-\(stage)")
    try space.wait("some answers") {
      space.bytes("\(stage)-killed/tuned.journal").count > whole.count / 4 || !killed.isRunning
    }
    kill(killed.processIdentifier, SIGKILL)
    #expect(space.finish(killed).code == 128 + SIGKILL, "the stage ended before it was killed")
    let kept = space.bytes("\(stage)-killed/tuned.journal")
    #expect(kept.count < whole.count && whole.starts(with: kept))
    try Self.call(stage, "killed", in: space)
    #expect(space.bytes("\(stage)-killed.zst") == space.bytes("\(stage)-straight.zst"))
    // Each question was asked, and its answer kept, once.
    #expect(space.bytes("\(stage)-killed/tuned.journal") == whole)
  }

  @Test func `wherever a journal ends, in the middle of an answer too, the rest is the same`()
    throws
  {
    let space = try Self.tuned()
    for (stage, journal) in [
      ("label-augmentation", "answers"), ("score-prompts", "tuned"),
      ("score-prompts", "pretrained"),
    ] {
      try Self.call(stage, "straight", in: space)
      let whole = space.bytes("\(stage)-straight/\(journal).journal")
      #expect(whole.count > 10_000)
      for length in [0, whole.count / 3, whole.count - 5] {
        let kind = "\(journal)-\(length)"
        let folder = space.folder.appending(path: "\(stage)-\(kind)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try whole.prefix(length).write(to: folder.appending(path: "\(journal).journal"))
        try Self.call(stage, kind, in: space)
        #expect(space.bytes("\(stage)-\(kind).zst") == space.bytes("\(stage)-straight.zst"))
        #expect(space.bytes("\(stage)-\(kind)/\(journal).journal") == whole)
      }
    }
  }
}
