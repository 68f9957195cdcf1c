import Artifacts
import Foundation
import Foundations
import Testing

/// Rules of honest evaluation that can break within one stage: each is called with one thing changed.
@Suite struct EvaluationRuleTests {
  private let space: Workspace
  private let folder: URL

  init() throws {
    space = try FinishedRuns.pair.get()[0]
    folder = FileManager.default.temporaryDirectory.appending(path: "rules-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func path(_ name: String) -> String {
    space.folder.appending(path: "artifacts/demo/\(name).safetensors.zst").path
  }

  /// Runs a stage and reads one of its outputs.
  private func call(
    _ stage: String, _ parameters: String, _ inputs: [String: String], output: String,
    settings: Bool = false
  ) throws -> Artifact {
    let (code, text) = try StageCall.run(
      stage, parameters: parameters, inputs: inputs.mapValues { [$0] }, outputsIn: folder.path)
    try #require(code == 0, "\(text)")
    return try Artifact(contentsOf: folder.appending(path: "out-\(output)").path)
  }

  /// The validation artifact with the items of some users permuted among them.
  private func validation(permutingWhereStopping stopping: Bool) throws -> String {
    var artifact = try Artifact(contentsOf: path("preprocess/validation"))
    var items = try artifact.int32s("items")
    let flags = try artifact.bytes("stopping")
    let users = items.indices.filter { items[$0] >= 0 && (flags[$0] == 1) == stopping }
    let permuted = users.map { items[$0] }
    for (index, user) in users.enumerated() { items[user] = permuted[(index + 1) % users.count] }
    artifact.set("items", int32s: items)
    let path = folder.appending(path: "validation-\(stopping)").path
    try artifact.write(to: path)
    return path
  }

  @Test("the blend is chosen by the choosing users alone")
  func aggregate() throws {
    func choices(_ validation: String) throws -> String? {
      try call(
        "aggregate", "{}",
        [
          "scores": path("score-prompts/mf-1/scores"),
          "predictions": path("train-backbone/mf-1/predictions"),
          "augmented": path("retrain-augmented/mf-1/predictions"),
          "train": path("preprocess/train"), "validation": validation,
          "test": path("preprocess/test"),
        ], output: "metrics"
      ).metadata["choices"]
    }
    let sound = try choices(path("preprocess/validation"))
    #expect(try choices(validation(permutingWhereStopping: true)) == sound)
    #expect(try choices(validation(permutingWhereStopping: false)) != sound)
  }

  @Test("both language models are stopped by the stopping users alone")
  func training() throws {
    func tuned(_ validation: String, output: String) throws -> Artifact {
      try call(
        "tune-llm", #"{"epochs":2,"instructions":60,"replay":0}"#,
        [
          "model": path("pretrain-llm/1/model"), "catalogue": path("preprocess/catalogue"),
          "train": path("preprocess/train"), "validation": validation,
          "folds": path("preprocess/folds"), "predictions": path("train-backbone/mf-1/predictions"),
        ], output: output)
    }
    func pretrained(_ validation: String, output: String) throws -> Artifact {
      try call(
        "pretrain-llm", #"{"epochs":2,"plannedEpochs":2,"layers":1,"validationInterval":1}"#,
        [
          "prompts": Workspace.repository.appending(path: "prompts/english.txt").path,
          "catalogue": path("preprocess/catalogue"), "train": path("preprocess/train"),
          "validation": validation, "folds": path("preprocess/folds"),
        ], output: output)
    }
    let choosing = try validation(permutingWhereStopping: false)
    let stopping = try validation(permutingWhereStopping: true)
    let sound = path("preprocess/validation")
    for train in [tuned, pretrained] {
      #expect(try train(choosing, "model") == train(sound, "model"))
      #expect(try train(choosing, "curves") == train(sound, "curves"))
      #expect(try train(stopping, "curves") != train(sound, "curves"))
    }
  }

  @Test("at test the model alone lists neither training items nor the validation item")
  func alone() throws {
    let train = try Artifact(contentsOf: path("preprocess/train"))
    let (offsets, items) = (try train.int64s("offsets"), try train.int32s("items"))
    let validation = try Artifact(contentsOf: path("preprocess/validation")).int32s("items")
    var listsValidation = 0
    for backbone in ["mf", "sasrec"] {
      let scores = try Artifact(contentsOf: path("score-prompts/\(backbone)-1/scores"))
      let lists = try scores.int32s("alone.items.test")
      let earlier = try scores.int32s("alone.items.validation")
      let length = try scores.shape(of: "alone.items.test")[1]
      for user in validation.indices {
        let known = Set(items[Int(offsets[user])..<Int(offsets[user + 1])] + [validation[user]])
        let range = user * length..<(user + 1) * length
        #expect(known.isDisjoint(with: lists[range].filter { $0 >= 0 }))
        if earlier[range].contains(validation[user]) { listsValidation += 1 }
      }
    }
    #expect(listsValidation > 0, "before test it is what the model shall find")
  }

  @Test("what the pretrained model scores changes with that model, and nothing else does")
  func pretrainedOnly() throws {
    func scores(pretrained: String) throws -> Artifact {
      try call(
        "score-prompts", #"{"modes":["listwise"]}"#,
        [
          "model": path("tune-llm/mf-1/model"), "pretrained": pretrained,
          "train": path("preprocess/train"), "validation": path("preprocess/validation"),
          "predictions": path("train-backbone/mf-1/predictions"),
          "augmented": path("retrain-augmented/mf-1/predictions"),
          "backbone": path("train-backbone/mf-1/model"),
          "retrained": path("retrain-augmented/mf-1/model"),
        ], output: "scores")
    }
    let sound = try scores(pretrained: path("pretrain-llm/1/model"))
    let other = try scores(pretrained: path("tune-llm/sasrec-1/model"))
    let changed = try sound.columnNames.filter { name in
      try sound.type(of: name) == .float32
        ? sound.floats(name) != other.floats(name) : sound.int32s(name) != other.int32s(name)
    }
    #expect(changed == ["pretrained.listwise.test", "pretrained.listwise.validation"])
  }

  @Test("pretraining sees nothing of what the instructions ask about")
  func folds() throws {
    let starts = try Artifact(contentsOf: path("preprocess/folds")).int32s("starts")
    var train = try Artifact(contentsOf: path("preprocess/train"))
    let offsets = try train.int64s("offsets").map { Int($0) }
    var items = try train.int32s("items")
    for (user, start) in starts.enumerated() {
      for position in offsets[user] + Int(start)..<offsets[user + 1] {
        items[position] = (items[position] + 1) % 40
      }
    }
    #expect(try items != train.int32s("items"))
    train.set("items", int32s: items)
    let changed = folder.appending(path: "asked").path
    try train.write(to: changed)
    func model(_ train: String) throws -> Artifact {
      try call(
        "pretrain-llm", #"{"epochs":1,"plannedEpochs":2,"layers":1}"#,
        [
          "prompts": Workspace.repository.appending(path: "prompts/english.txt").path,
          "catalogue": path("preprocess/catalogue"), "train": train,
          "validation": path("preprocess/validation"), "folds": path("preprocess/folds"),
        ], output: "model")
    }
    let (one, other) = (try model(path("preprocess/train")), try model(changed))
    for name in one.columnNames where try one.type(of: name) == .float32 {
      #expect(try one.floats(name) == other.floats(name), "\(name)")
    }
  }

  @Test("an inserted item is trained on, and can still be recommended")
  func insertions() throws {
    let labels = try Artifact(contentsOf: path("label-augmentation/sasrec-1/labels"))
    let (users, inserted) = (try labels.int32s("users"), try labels.int32s("items"))
    #expect(users.count > 20)
    let predictions = try call(
      "retrain-augmented", #"{"backbone":"sasrec","epochs":1,"candidates":60}"#,
      [
        "labels": path("label-augmentation/sasrec-1/labels"), "train": path("preprocess/train"),
        "validation": path("preprocess/validation"),
      ], output: "predictions")
    let lists = try predictions.int32s("validation.items")
    let length = try predictions.shape(of: "validation.items")[1]
    for (user, item) in zip(users, inserted) {
      let list = lists[Int(user) * length..<(Int(user) + 1) * length]
      #expect(list.contains(item))
    }
  }
}
