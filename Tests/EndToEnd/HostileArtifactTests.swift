import Artifacts
import Foundation
import Foundations
import Testing

/// What a stage does with artifacts that are not what it asked for: every stage, every input, every column.
///
/// The answer is always exit code 65 and a message that names the file (both files, where two do not belong
/// together), never a signal.
@Suite struct HostileArtifactTests {
  /// One way to run a stage: its parameters, and its inputs by their readable names in a finished run.
  struct Call: Sendable, CustomTestStringConvertible {
    var stage: String
    var parameters: String
    var inputs: [String: [String]]

    /// Whether no call of the stage comes before it; it has every input that others have.
    var isFirst: Bool {
      !inputs.values.joined().contains { $0.contains("/mf-1/") || $0.contains("/sasrec-1/") }
        || stage == "report" || stage == "deliver"
    }

    var testDescription: String { "\(stage) \(parameters)" }
  }

  private static let preprocessed = ["train", "validation", "test", "catalogue", "features"]
  private static let backbones = ["mf": "direct", "sasrec": "sequential", "deepfm": "rating"]

  private static func artifact(_ stage: String, _ axis: String?, _ file: String) -> String {
    stage + "/" + (axis.map { "\($0)/" } ?? "") + "\(file).safetensors.zst"
  }

  /// Every stage, for each task that it works for.
  static let calls: [Call] = {
    func preprocessed(_ names: [String]) -> [String: [String]] {
      Dictionary(uniqueKeysWithValues: names.map { ($0, [artifact("preprocess", nil, $0)]) })
    }
    let rating = [
      "features": [artifact("preprocess", nil, "features")],
      "questions": [artifact("preprocess", nil, "rating-questions")],
    ]
    var calls = [
      Call(
        stage: "pretrain-llm", parameters: #"{"epochs":1,"plannedEpochs":1,"layers":1}"#,
        inputs: preprocessed(["catalogue", "train", "validation", "folds"]).merging([
          "prompts": [Workspace.repository.appending(path: "prompts/english.txt").path]
        ]) { $1 }),
      Call(
        stage: "open-llm", parameters: #"{"url":"http://127.0.0.1:9","attempts":1}"#,
        inputs: preprocessed(["catalogue", "train"]).merging([
          "prompts": [Workspace.repository.appending(path: "prompts/chat.txt").path]
        ]) { $1 }),
      Call(
        stage: "deliver", parameters: "{}",
        inputs: [
          "metrics": backbones.keys.sorted().map { artifact("aggregate", "\($0)-1", "metrics") }
        ]
      ),
      Call(
        stage: "recommend", parameters: "{}",
        inputs: [
          "delivery": ["deliver/delivery.json"],
          "model": [artifact("tune-llm-all", "mf-1", "model")],
          "backbone": [artifact("train-backbone-all", "mf-1", "model")],
          "predictions": [artifact("train-backbone-all", "mf-1", "predictions")],
          "retrained": [artifact("retrain-augmented-all", "mf-1", "model")],
          "augmented": [artifact("retrain-augmented-all", "mf-1", "predictions")],
        ].merging(
          ["train", "validation", "catalogue", "users", "idle-users"].map {
            ($0, [artifact("preprocess-all", nil, $0)])
          }
        ) { $1 }),
      Call(
        stage: "report", parameters: "{}",
        inputs: preprocessed(["train", "test"]).merging([
          "metrics": backbones.keys.sorted().map { artifact("aggregate", "\($0)-1", "metrics") },
          "baselines": ["ease", "bias"].map { artifact("train-baseline", $0, "predictions") },
          "curves": [artifact("train-backbone", "mf-1", "curves")],
        ]) { $1 }),
    ]
    for backbone in backbones.keys.sorted() {
      let axis = "\(backbone)-1"
      let own = backbone == "deepfm" ? rating : [:]
      let training = #"{"backbone":"\#(backbone)","epochs":1}"#
      func from(_ stage: String, _ file: String) -> [String] { [artifact(stage, axis, file)] }
      let tuned = from("tune-llm", "model")
      let pretrained = [artifact("pretrain-llm", "1", "model")]
      let base = from("train-backbone", "predictions")
      let retrained = from("retrain-augmented", "predictions")
      let partner = backbone == "deepfm" ? "bias" : "ease"
      calls += [
        Call(
          stage: "train-backbone", parameters: training,
          inputs: preprocessed(["train", "validation", "folds"]).merging(own) { $1 }),
        Call(
          stage: "tune-llm", parameters: #"{"epochs":1,"instructions":20,"replay":0}"#,
          inputs: preprocessed(["catalogue", "train", "validation", "folds"])
            .merging(["model": pretrained, "predictions": base]) { $1 }),
        Call(
          stage: "label-augmentation",
          parameters: #"{"backbone":"\#(backbone)","pairsPerUser":2,"companions":false}"#,
          inputs: preprocessed(["catalogue", "train"]).merging(["model": tuned]) { $1 }),
        Call(
          stage: "retrain-augmented", parameters: training,
          inputs: preprocessed(["train", "validation"]).merging(own) { $1 }
            .merging(["labels": from("label-augmentation", "labels")]) { $1 }),
        Call(
          stage: "score-prompts", parameters: #"{"modes":["listwise"]}"#,
          inputs: preprocessed(["train", "validation"]).merging([
            "model": tuned, "pretrained": pretrained, "predictions": base, "augmented": retrained,
          ]) { $1 }.merging(
            backbone == "deepfm"
              ? own.filter { $0.key == "questions" }
              : [
                "backbone": from("train-backbone", "model"),
                "retrained": from("retrain-augmented", "model"),
              ]
          ) { $1 }),
        Call(
          stage: "show-prompt", parameters: #"{"user":"7","augmented":true}"#,
          inputs: preprocessed(["catalogue", "users", "train", "validation"]).merging([
            "model": tuned, "predictions": base,
          ]) { $1 }.merging(own.filter { $0.key == "questions" }) { $1 }),
        Call(
          stage: "aggregate", parameters: "{}",
          inputs: preprocessed(["train", "validation", "test"]).merging([
            "scores": from("score-prompts", "scores"), "predictions": base,
            "augmented": retrained,
            "partner-predictions": [artifact("train-baseline", partner, "predictions")],
          ]) { $1 }.merging(
            backbone == "deepfm"
              ? [:]
              : [
                "backbone": from("train-backbone", "model"),
                "partners": [artifact("train-baseline", partner, "model")],
              ]
          ) { $1 }),
      ]
    }
    return calls
  }()

  private static func path(_ space: Workspace, _ name: String) -> String {
    space.folder.appending(path: "artifacts/demo/\(name)").path
  }

  @Test("a foreign, broken or absurd artifact is refused by name", arguments: calls)
  func refused(call: Call) throws {
    let spaces = try FinishedRuns.pair.get()
    let probe = try Probe(call, spaces[0])
    // No server answers open-llm here: that is what it ends with when its inputs are sound.
    let fine: Int32 = call.stage == "open-llm" ? 75 : 0
    try probe.expect([fine], "sound inputs", replacing: [:])
    for (input, names) in call.inputs.sorted(by: { $0.key < $1.key })
    where probe.isArtifact(input) {
      let sound = Self.path(spaces[0], names[0])
      let foreign = Self.path(spaces[1], names[0])
      try probe.expect(
        [65], "\(input) of another data set", replacing: [input: foreign], names: [foreign])
      // A curve belongs to a data set and has nothing of its size, and so do users without an interaction; of two
      // backbones recommend loads one.
      if input != "curves", input != "idle-users" {
        // EASE keeps its penalty alone, and so has no size.
        let mayBeSpare =
          call.stage == "recommend" && ["backbone", "retrained"].contains(input)
          || input == "partners"
        try probe.expect(
          mayBeSpare ? [fine, 65] : [65], "\(input) of another size",
          replacing: [input: try probe.write(Self.relabelled(foreign, as: sound))])
      }
      let twice = probe.isMany(input) ? 65 : 2
      try probe.expect(
        [Int32(twice)], "\(input) twice", replacing: [:], adding: [input: sound], names: [])
      let whole = try Data(contentsOf: URL(filePath: sound))
      try probe.expect(
        [65], "\(input) cut off",
        replacing: [
          input: try probe.write(whole.prefix(whole.count / 2))
        ])
      for other in Self.otherTasks(names[0]) {
        let path = Self.path(spaces[0], other)
        if probe.isMany(input) || !FileManager.default.fileExists(atPath: path) { continue }
        try probe.expect(
          // What is shown follows the backbone; ratings need to know which item is asked.
          call.stage == "show-prompt"
            ? [fine, 2, 65] : probe.isSingleTask(input) ? [65] : [fine, 65],
          "\(input) of another task",
          replacing: [input: path])
      }
      // What all tasks share is filled once.
      if names[0].hasPrefix("preprocess/") || names[0].contains("-llm/"), !call.isFirst { continue }
      let artifact = try Artifact(contentsOf: sound, allowingNonFinite: true)
      for column in artifact.columnNames {
        for (value, changed) in try Self.filled(artifact, column) {
          let path = try probe.write(changed)
          let codes: Set<Int32> = Self.mayHold(value, column, artifact) ? [fine, 65] : [65]
          try probe.expect(
            codes, "\(input), column \(column) all \(value)", replacing: [input: path])
        }
      }
    }
  }

  @Test("every artifact that a stage reads is among the calls")
  func complete() throws {
    let stages = try FileManager.default.contentsOfDirectory(
      atPath: Workspace.repository.appending(path: "stages").path)
    #expect(stages.count >= 13)
    for stage in stages where stage != "preprocess" {
      let given = Self.calls.filter { $0.stage == stage }.flatMap(\.inputs.keys)
      let read = try StageCall.description(of: stage).inputs
        .filter { $0.schema != nil && !$0.isSettings }.map(\.name)
      let optional = stage == "report" ? ["backbones"] : []
      #expect(Set(read).subtracting(optional).isSubset(of: given), "\(stage)")
    }
  }

  /// The same columns under the data set's name and size of another artifact.
  private static func relabelled(_ foreign: String, as sound: String) throws -> Artifact {
    var artifact = try Artifact(contentsOf: foreign)
    let own = try Artifact(contentsOf: sound)
    for key in ["data", "users", "items"] { artifact.metadata[key] = own.metadata[key] }
    return artifact
  }

  /// The same output of the stage for other backbones.
  private static func otherTasks(_ name: String) -> [String] {
    backbones.keys.sorted().filter { name.contains("/\($0)-1/") }.flatMap { own in
      backbones.keys.sorted().filter { $0 != own }
        .map { name.replacingOccurrences(of: "/\(own)-1/", with: "/\($0)-1/") }
    }
  }

  /// The artifact with a numeric column filled with −1, NaN, and the extremes of its type.
  private static func filled(
    _ artifact: Artifact, _ column: String
  ) throws -> [(value: String, artifact: Artifact)] {
    let shape = try artifact.shape(of: column)
    let count = shape.reduce(1, *)
    guard count > 0 else { return [] }
    func filling<Value>(
      _ values: [Value], _ set: (inout Artifact, [Value]) -> Void
    ) -> [(String, Artifact)] {
      values.map { value in
        var changed = artifact
        set(&changed, [Value](repeating: value, count: count))
        return ("\(value)", changed)
      }
    }
    switch try artifact.type(of: column) {
    case .float32:
      return filling([-1, .nan, .greatestFiniteMagnitude, -.greatestFiniteMagnitude]) {
        $0.set(column, floats: $1, shape: shape)
      }
    case .float64:
      return filling([-1, .nan, .greatestFiniteMagnitude]) {
        $0.set(column, doubles: $1, shape: shape)
      }
    case .int32:
      return filling([-1, .max, .min]) { $0.set(column, int32s: $1, shape: shape) }
    case .int64:
      return filling([-1, .max, .min]) { $0.set(column, int64s: $1, shape: shape) }
    case .uint8: return filling([255]) { $0.set(column, bytes: $1, shape: shape) }
    case .text: return []
    }
  }

  /// Whether a column may hold nothing but this value.
  private static func mayHold(_ value: String, _ column: String, _ artifact: Artifact) -> Bool {
    if ["times", "interactions", "popularity"].contains(column) || artifact.schema == "curves" {
      return true
    }
    guard value.hasPrefix("-1") else { return false }
    switch (artifact.schema, try? artifact.type(of: column)) {
    case ("user-metrics", _): return false
    case ("labels", .float32): return false
    case (_, .float32): return true
    case ("validation", _), ("test", _), ("questions", _): return column == "items"
    case ("predictions", _), ("scores", _):
      return column.hasSuffix("items") || column.contains(".items.")
    default: return false
    }
  }
}

/// Runs one stage again and again, with one input changed.
private final class Probe {
  private let call: HostileArtifactTests.Call
  private let description: StageCall.Description
  private let inputs: [String: [String]]
  /// The one input that is no artifact.
  private let prompts: String
  private let folder: URL
  private var count = 0

  init(_ call: HostileArtifactTests.Call, _ space: Workspace) throws {
    self.call = call
    description = try StageCall.description(of: call.stage)
    inputs = call.inputs.mapValues { names in
      names.map {
        $0.hasPrefix("/") ? $0 : space.folder.appending(path: "artifacts/demo/\($0)").path
      }
    }
    prompts = space.folder.appending(path: "prompts/english.txt").path
    folder = FileManager.default.temporaryDirectory.appending(path: "hostile-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func isArtifact(_ input: String) -> Bool {
    description.inputs.contains { $0.name == input && $0.schema != nil }
  }

  func isMany(_ input: String) -> Bool {
    description.inputs.contains { $0.name == input && $0.many }
  }

  /// Whether an input stands beside another that is of one task too, so that they can disagree.
  func isSingleTask(_ input: String) -> Bool {
    ["predictions", "augmented", "scores", "labels"].contains(input) && call.stage != "tune-llm"
  }

  func write(_ artifact: Artifact) throws -> String {
    let path = folder.appending(path: "changed.safetensors.zst").path
    try artifact.write(to: path, allowingNonFinite: true)
    return path
  }

  func write(_ bytes: Data) throws -> String {
    let path = folder.appending(path: "changed.safetensors.zst").path
    try bytes.write(to: URL(filePath: path))
    return path
  }

  /// Runs the stage and looks at its exit code and message.
  func expect(
    _ codes: Set<Int32>, _ what: String, replacing: [String: String],
    adding: [String: String] = [:], names: [String]? = nil
  ) throws {
    var given = inputs
    for (input, path) in replacing { given[input]?[0] = path }
    for (input, path) in adding { given[input]?.append(path) }
    let (code, errors) = try StageCall.run(
      call.stage, parameters: call.parameters, inputs: given, outputsIn: folder.path)
    #expect(codes.contains(code), "\(what): exit code \(code), \(errors)")
    if code == 65 {
      for name in names ?? Array(replacing.values) {
        #expect(errors.contains(name), "\(what): \(errors)")
      }
    }
  }
}
