import Foundation
import Foundations
import Pipeline
import StageProtocol
import Testing

@Suite struct PlanTests {
  /// A plan whose stages take every input as optional and many, and every parameter as text.
  static func plan(
    _ yaml: String, _ assignments: String..., languageModel: String? = nil
  ) throws -> Plan {
    let configuration = try Configuration.parse(yaml, file: "p.yaml")
    let selection = try Selection(
      configuration, profile: nil, languageModel: languageModel, assignments: assignments)
    var descriptions: [String: StageDescription] = [:]
    for stage in configuration.stages {
      let names = Set(selection.settings.filter { $0.stage == stage.name }.map(\.name)).sorted()
      descriptions[stage.executable] = StageDescription(
        name: stage.name, summary: "",
        inputs: stage.inputs.map { .init($0.name, "", optional: true, many: true) },
        outputs: stage.outputs.map { .init($0, file: "\($0).bin", "") },
        parameters: names.map { .string($0, default: nil, "") })
    }
    var builder = PlanBuilder(
      configuration: configuration, selection: selection, descriptions: descriptions
    ) { file throws(ConfigurationError) in file.paths.map { "data/\($0)" } }
    return try builder.build()
  }

  private static let yaml = """
    version: 1
    axes: {models: [a, b], seeds: [1, 2]}
    groups: {second: [b], both: [a, b]}
    stages:
      report: {inputs: {all: [tune.x, pretrain.x]}, outputs: [x]}
      pretrain: {each: [seeds], outputs: [x]}
      tune:
        each: [models, seeds]
        parameters: {label: "${model}/${seed}/${profile}"}
        inputs:
          shared: pretrain.x
          only: {from: pretrain.x, only: [second]}
          file: file.rows
        outputs: [x]
    profiles: {p: {files: {rows: r.txt}}}
    """

  private func plan(_ assignments: String...) throws -> Plan {
    try Self.plan(Self.yaml, assignments.first ?? "seeds=1,2")
  }

  @Test func `stages repeat over their axes and come after what they read`() throws {
    #expect(
      try plan().instances.map(\.name) == [
        "pretrain[1]", "pretrain[2]", "tune[a,1]", "tune[a,2]", "tune[b,1]", "tune[b,2]", "report",
      ])
    #expect(try plan().instances.map(\.folder).suffix(2) == ["tune/b-2", "report"])
  }

  private static let models = """
    version: 1
    axes: {seeds: [1, 2]}
    stages:
      train: {each: [seeds], outputs: [x]}
      open: {parameters: {name: "${llm}"}, inputs: {weights: llm.path}, outputs: [x]}
      ask:
        each: [seeds]
        inputs: {model: [train.x, open.x], weights: llm.path}
        outputs: [y]
      train-all: {part: delivery, like: train, inputs: {settings: train.x}, outputs: [x]}
    languageModels:
      small: {stage: train}
      large:
        stage: open
        path: /proc/self/status
        parameters: {ask: {mode: slow}}
    profiles:
      p: {languageModels: {large: {axes: {seeds: [2]}, parameters: {ask: {count: 3}}}}}
    """

  @Test func `the stage that makes another language model is left out, and so is what it writes`()
    throws
  {
    let first = try Self.plan(Self.models)
    #expect(first.instances.map(\.name) == ["train[1]", "train[2]", "ask[1]", "ask[2]"])
    #expect(first.instances.last?.inputs.map(\.name) == ["model"])
    let large = try Self.plan(Self.models, languageModel: "large")
    #expect(large.instances.map(\.name) == ["open", "ask[2]"])
    #expect(large.instances.last?.inputs.map(\.name) == ["model", "weights"])
    #expect(
      large.instances.last?.inputs.map(\.sources)
        == [[.output(instance: 0, name: "x")], [.file("/proc/self/status")]])
    #expect(large.instances[0].parameters == .sorted(["name": .string("large")]))
    #expect(
      large.instances[1].parameters
        == .sorted(["mode": .string("slow"), "count": .string("3")]))
  }

  @Test func `options for the language model go to its stage, its weights to whoever reads them`()
    throws
  {
    let folder = FileManager.default.temporaryDirectory.appending(path: "weights-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["b.json", "a.safetensors", ".hidden"] {
      try Files.writeAtomically("", to: folder.appending(path: name).path)
    }
    let plan = try Self.plan(
      Self.models, "llm.path=\(folder.path)", "llm.name=other", languageModel: "large")
    #expect(
      plan.instances[0].inputs[0].sources
        == ["a.safetensors", "b.json"].map { .file("\(folder.path)/\($0)") })
    #expect(plan.instances[0].parameters == .sorted(["name": .string("other")]))
    for (model, assignment, words) in [
      ("large", "llm.path=/nowhere", "nothing at /nowhere"),
      ("small", "llm.path=/nowhere", "small, which has no path"),
      ("huge", "llm.name=x", "unknown language model"),
    ] {
      let error = #expect(throws: ConfigurationError.self) {
        try Self.plan(Self.models, assignment, languageModel: model)
      }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }

  @Test func `a shared axis picks one instance, an axis of the other stage only brings all`() throws
  {
    let plan = try plan()
    #expect(plan.dependencies == [[], [], [0], [1], [0], [1], [0, 1, 2, 3, 4, 5]])
    let all = try #require(plan.instances[6].inputs.first)
    #expect(all.sources == [2, 3, 4, 5, 0, 1].map { .output(instance: $0, name: "x") })
  }

  @Test func `an input limited to some axis values is absent elsewhere`() throws {
    let plan = try plan()
    #expect(plan.instances[2].inputs.map(\.name) == ["shared", "file"])
    #expect(plan.instances[4].inputs.map(\.name) == ["shared", "only", "file"])
    #expect(plan.instances[4].inputs[2].sources == [.file("data/r.txt")])
  }

  @Test func `a group stands for its members wherever axis values are listed`() throws {
    #expect(try plan("models=second").instances.count { $0.stage == "tune" } == 2)
    #expect(try plan("models=both").instances.count { $0.stage == "tune" } == 4)
    let twice = #expect(throws: ConfigurationError.self) { try plan("models=second,b") }
    #expect(twice?.description == "--set models=second,b: \"b\" twice; expected each value once")
    let unknown = #expect(throws: ConfigurationError.self) { try plan("models=secnd") }
    #expect(unknown?.description.contains("did you mean \"second\"?") == true)
    let bad = Self.yaml.replacingOccurrences(of: "second: [b]", with: "second: [c]")
    #expect(throws: ConfigurationError.self) { try Self.plan(bad) }
  }

  @Test func `what is set for a stage holds for one that is like it, unless it has its own`() throws
  {
    let plan = try Self.plan(
      """
      version: 1
      stages:
        train: {parameters: {rate: stage}, outputs: [x]}
        again: {like: train, parameters: {more: own}, inputs: {x: train.x}, outputs: [x]}
      profiles: {p: {parameters: {again: {rate: again}}}}
      """)
    #expect(plan.instances[1].parameters.canonical == #"{"more":"own","rate":"again"}"#)
    let set = try Self.plan(
      """
      version: 1
      stages:
        train: {outputs: [x]}
        again: {like: train, parameters: {rate: own}, inputs: {x: train.x}, outputs: [x]}
      profiles: {p: {parameters: {train: {rate: both}}}}
      """)
    #expect(set.instances[1].parameters.canonical == #"{"rate":"both"}"#)
  }

  @Test func `variables are filled in`() throws {
    #expect(try plan().instances[5].parameters.canonical == #"{"label":"b/2/p"}"#)
  }

  @Test func `later settings override earlier ones, and those for an axis value all others`() throws
  {
    let plan = try Self.plan(
      """
      version: 1
      axes: {models: [a, b, c]}
      stages: {train: {each: [models], parameters: {rate: stage}, outputs: [x]}}
      profiles: {p: {parameters: {train@b: {rate: profile b}, train@c: {rate: profile c}}}}
      """, "train@c.rate=option c")
    #expect(
      plan.instances.map(\.parameters.canonical) == [
        #"{"rate":"stage"}"#, #"{"rate":"profile b"}"#, #"{"rate":"option c"}"#,
      ])
  }

  @Test(arguments: [
    ("train.heads=3", "--set train.heads=3"), ("train.width=30", "--set train.width=30"),
    ("train.width=30 train.heads=8 train.rate=1", "--set train.heads=8"),
    ("train.heads=8 train.width=30 train.rate=1", "--set train.width=30"),
    ("train@a.heads=7 train.width=30", "--set train@a.heads=7"),
  ])
  func `values that do not go together are reported where the last of them was set`(
    assignments: String, place: String
  ) throws {
    let configuration = try Configuration.parse(
      """
      version: 1
      axes: {models: [a]}
      stages: {train: {each: [models], parameters: {heads: 4, rate: 0}, outputs: [x]}}
      profiles: {p: {}}
      """, file: "p.yaml")
    func build(_ assignments: [String], width: Int) throws -> Plan {
      let description = StageDescription(
        name: "train", summary: "", inputs: [], outputs: [.init("x", file: "x", "")],
        parameters: [
          .integer("heads", default: 1, ""), .integer("width", default: width, ""),
          .integer("rate", default: 0, ""),
        ], rules: [.divides(divisor: "heads", dividend: "width")])
      let selection = try Selection(configuration, profile: nil, assignments: assignments)
      var builder = PlanBuilder(
        configuration: configuration, selection: selection,
        descriptions: ["stage-train": description]
      ) { _ throws(ConfigurationError) in [] }
      return try builder.build()
    }
    let error = #expect(throws: ConfigurationError.self) {
      try build(assignments.split(separator: " ").map(String.init), width: 64)
    }
    #expect(error?.place == place)
    #expect(error?.found.contains("expected a divisor of width (") == true)
    let inFile = #expect(throws: ConfigurationError.self) { try build(["train.rate=1"], width: 30) }
    #expect(inFile?.place == "p.yaml:3:54")
  }

  @Test func `a plan until a stage keeps only what that stage needs`() throws {
    let plan = try plan("seeds=2").until("tune")
    #expect(plan.instances.map(\.name) == ["pretrain[2]", "tune[a,2]", "tune[b,2]"])
    #expect(plan.dependencies == [[], [0], [0]])
  }
}
