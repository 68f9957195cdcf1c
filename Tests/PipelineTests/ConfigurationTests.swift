import Foundation
import Pipeline
import Testing

@Suite struct ConfigurationTests {
  struct Mistake: CustomTestStringConvertible {
    var testDescription: String
    var yaml: String
    var message: String
  }

  static let mistakes = [
    Mistake(
      testDescription: "unknown key",
      yaml: "version: 1\nstages:\n  train:\n    ouputs: [model]\nprofiles: {p: {}}\n",
      message:
        "p.yaml:4:5: stages.train: unknown key \"ouputs\"; "
        + "expected executable, like, part, each, parameters, inputs, outputs, "
        + "resources, retries, timeout; did you mean \"outputs\"?"),
    Mistake(
      testDescription: "wrong version",
      yaml: "version: 2\n",
      message: "p.yaml:1:10: version: \"2\"; expected 1"),
    Mistake(
      testDescription: "no stages",
      yaml: "version: 1\nprofiles: {p: {}}\n",
      message: "p.yaml: stages: nothing; expected a mapping"),
    Mistake(
      testDescription: "list instead of a mapping",
      yaml: "version: 1\nstages: [train]\nprofiles: {p: {}}\n",
      message: "p.yaml:2:9: stages: a list; expected a mapping"),
    Mistake(
      testDescription: "unknown axis",
      yaml: """
        version: 1
        axes: {seeds: [1]}
        stages: {train: {each: [seed], outputs: [model]}}
        profiles: {p: {}}
        """,
      message:
        "p.yaml:3:24: stages.train.each: unknown axis \"seed\"; expected seeds; "
        + "did you mean \"seeds\"?"),
    Mistake(
      testDescription: "unknown upstream stage",
      yaml: """
        version: 1
        stages:
          prepare: {outputs: [table]}
          train: {inputs: {table: prepair.table}, outputs: [model]}
        profiles: {p: {}}
        """,
      message:
        "p.yaml:4:27: stages.train.inputs.table: unknown stage \"prepair\"; "
        + "expected prepare, train, file, project, llm; did you mean \"prepare\"?"),
    Mistake(
      testDescription: "unknown upstream output",
      yaml: """
        version: 1
        stages:
          prepare: {outputs: [table]}
          train: {inputs: {table: prepare.tables}, outputs: [model]}
        profiles: {p: {}}
        """,
      message:
        "p.yaml:4:27: stages.train.inputs.table: unknown output \"tables\"; expected table; "
        + "did you mean \"table\"?"),
    Mistake(
      testDescription: "circle",
      yaml: """
        version: 1
        stages:
          a: {inputs: {x: b.y}, outputs: [x]}
          b: {inputs: {x: a.x}, outputs: [y]}
        profiles: {p: {}}
        """,
      message:
        "p.yaml:3:6: stages: a circle of inputs among a, b; "
        + "expected stages that read from earlier ones only"),
    Mistake(
      testDescription: "unknown only value",
      yaml: """
        version: 1
        axes: {models: [deepfm]}
        stages:
          prepare: {outputs: [table]}
          train:
            each: [models]
            inputs: {table: {from: prepare.table, only: [deepmf]}}
            outputs: [model]
        profiles: {p: {}}
        """,
      message:
        "p.yaml:7:49: stages.train.inputs.table.only: unknown axis value \"deepmf\"; "
        + "expected deepfm; did you mean \"deepfm\"?"),
    Mistake(
      testDescription: "stage named like a link of the store",
      yaml: "version: 1\nstages: {published: {outputs: [x]}}\nprofiles: {p: {}}\n",
      message:
        "p.yaml:2:21: stages.published: the name \"published\", which the store uses; "
        + "expected another name"),
    Mistake(
      testDescription: "unknown part",
      yaml: "version: 1\nstages: {a: {part: delivry, outputs: [x]}}\nprofiles: {p: {}}\n",
      message:
        "p.yaml:2:20: stages.a.part: unknown part \"delivry\"; expected evaluation, delivery, inspection; "
        + "did you mean \"delivery\"?"),
    Mistake(
      testDescription: "evaluation that waits for the delivery",
      yaml: """
        version: 1
        stages:
          a: {part: delivery, outputs: [x]}
          b: {inputs: {x: a.x}, outputs: [y]}
        profiles: {p: {}}
        """,
      message:
        "p.yaml:4:19: stages.b.inputs.x: a, a stage of the delivery part; "
        + "expected a stage of the evaluation, which runs without the other part"),
    Mistake(
      testDescription: "tolerance that is no share",
      yaml:
        "version: 1\npublish: {tolerance: 5 %}\nstages: {a: {outputs: [x]}}\nprofiles: {p: {}}\n",
      message:
        "p.yaml:2:22: publish.tolerance: \"5 %\"; expected a share from 0 to 1, such as 0.05"),
    Mistake(
      testDescription: "profile named like a folder of the store",
      yaml: "version: 1\nstages: {a: {outputs: [x]}}\nprofiles: {objects: {}}\n",
      message:
        "p.yaml:3:21: profiles.objects: the name \"objects\", which the store uses; "
        + "expected another name"),
    Mistake(
      testDescription: "value outside of the axis",
      yaml: """
        version: 1
        axes: {models: [mf, sasrec]}
        stages: {a: {each: [models], outputs: [x]}}
        profiles: {p: {axes: {models: [sasrek]}}}
        """,
      message:
        "p.yaml:4:31: profiles.p.axes.models: unknown value \"sasrek\"; expected mf, sasrec; "
        + "did you mean \"sasrec\"?"),
    Mistake(
      testDescription: "syntax",
      yaml: "version: 1\nstages: {a: [\n",
      message: "p.yaml:3:1: did not find expected node content; expected YAML"),
    Mistake(
      testDescription: "key twice",
      yaml: "version: 1\nversion: 1\n",
      message: "p.yaml:1:1: the key \"version\" twice; expected each key once"),
  ]

  @Test(arguments: mistakes)
  func `a mistake is named with its place and what would be right`(mistake: Mistake) throws {
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration.parse(mistake.yaml, file: "p.yaml")
    }
    #expect(error?.description == mistake.message)
  }

  struct Option: CustomTestStringConvertible {
    var option: String
    var message: String
    var testDescription: String { option }
  }

  static let options = [
    Option(
      option: "train.rats=1",
      message:
        "--set train.rats=1: train: unknown parameter \"rats\"; "
        + "expected layers, margin, model, rate, seed; did you mean \"rate\"?"),
    Option(
      option: "train.rate=fast",
      message: "--set train.rate=fast: train.rate: \"fast\"; expected a number"),
    Option(
      option: "train.rate=-1",
      message:
        "--set train.rate=-1: train: parameter 'rate': found -1, expected a number above 0"),
    Option(
      option: "train@a.margin=1",
      message:
        "--set train@a.margin=1: train: parameter 'margin' is not read by a; a reads none"),
    Option(
      option: "train.seed=1.5",
      message: "--set train.seed=1.5: train.seed: \"1.5\"; expected a whole number"),
    Option(
      option: "taste=like",
      message:
        "--set taste=like: prepare.taste: \"like\"; expected all, likes; did you mean \"likes\"?"),
    Option(
      option: "tain.rate=1",
      message:
        "--set tain.rate=1: tain.rate: unknown stage \"tain\"; expected prepare, train, report; "
        + "did you mean \"train\"?"),
    Option(
      option: "train@c.rate=1",
      message: "--set train@c.rate=1: train@c.rate.train: unknown value \"c\"; expected a, b, 1, 2"),
    Option(
      option: "model=a",
      message:
        "--set model=a: unknown key \"model\"; expected models, seeds, taste, prepare.PARAMETER, "
        + "train.PARAMETER, report.PARAMETER; did you mean \"models\"?"),
    Option(
      option: "seeds=one",
      message: "--set seeds=one: unknown value \"one\"; expected 1, 2"),
    Option(option: "seeds", message: "--set seeds: no value; expected KEY=VALUE"),
    Option(option: "seeds=", message: "--set seeds=: no value; expected at least one"),
    Option(option: "models=", message: "--set models=: no value; expected at least one"),
    Option(
      option: "seeds=1,01", message: "--set seeds=1,01: \"1\" twice; expected each value once"),
  ]

  @Test(arguments: options)
  func `a bad option ends the command with 2 before anything runs`(option: Option) throws {
    let space = try TestSpace()
    let outcome = try space.call("run", "--set", option.option)
    #expect(outcome.code == 2)
    #expect(outcome.errors == "llama4rec: \(option.message)\n")
    #expect(!space.exists("trace"))
  }

  @Test func `a parameter in the file that its stage does not know is an error`() throws {
    let space = try TestSpace(
      pipeline: TestSpace.pipeline.replacingOccurrences(of: "{rate: 0.5}", with: "{rte: 0.5}"))
    let outcome = try space.call("run")
    #expect(outcome.code == 2)
    #expect(
      outcome.errors
        == "llama4rec: pipeline.yaml:24:22: train: unknown parameter \"rte\"; "
        + "expected layers, margin, model, rate, seed; did you mean \"rate\"?\n")
  }

  @Test func `an input, output or schema that differs from the executable's is an error`() throws {
    let cases = [
      (
        "hint: {from", "hints: {from",
        "pipeline.yaml:15:14: stages.train: unknown input \"hints\"; expected table, hint; "
          + "did you mean \"hint\"?"
      ),
      (
        "      table: prepare.table\n", "",
        "pipeline.yaml:11:5: stages.train.inputs: no input \"table\"; "
          + "expected every input that stage-train needs"
      ),
      (
        "outputs: [report]", "outputs: [reprot]",
        "pipeline.yaml:18:5: stages.report: unknown output \"reprot\"; expected report; "
          + "did you mean \"report\"?"
      ),
      (
        "{models: train.model}", "{models: prepare.table}",
        "pipeline.yaml:18:22: stages.report.inputs.models: prepare.table, which holds \"table\"; "
          + "expected \"model\""
      ),
    ]
    for (old, new, message) in cases {
      let space = try TestSpace(
        pipeline: TestSpace.pipeline.replacingOccurrences(of: old, with: new))
      let outcome = try space.call("run")
      #expect(outcome.code == 2)
      #expect(outcome.errors == "llama4rec: \(message)\n")
    }
  }

  @Test func `a data file that is absent is named in both forms`() throws {
    let space = try TestSpace()
    let outcome = try space.call("run", "--data", "elsewhere")
    #expect(outcome.code == 2)
    #expect(
      outcome.errors
        == "llama4rec: --data elsewhere: profile small: neither elsewhere/rows.txt nor "
        + "elsewhere/rows.txt.zst; expected the folder that holds rows.txt\n")
  }

  @Test func `a data file that is there and cannot be read is not taken for an absent one`() throws
  {
    let space = try TestSpace(
      pipeline: TestSpace.pipeline.replacingOccurrences(
        of: "{rows: rows.txt}", with: "{rows: {path: rows.txt, optional: true}}"))
    try FileManager.default.removeItem(atPath: space.path("data/rows.txt"))
    #expect(try space.call("run", "--until", "prepare").code == 0)
    try FileManager.default.createSymbolicLink(
      atPath: space.path("data/rows.txt"), withDestinationPath: "nowhere")
    let dangling = try space.call("run", "--until", "prepare")
    #expect(dangling.code == 2)
    #expect(dangling.errors.contains("cannot read data/rows.txt"))
    try FileManager.default.removeItem(atPath: space.path("data/rows.txt"))
    try FileManager.default.createDirectory(
      atPath: space.path("data/rows.txt"), withIntermediateDirectories: true)
    #expect(try space.call("run", "--until", "prepare").errors.contains("no regular file"))
  }

  @Test func `a stage that is not built is named with the command that builds it`() throws {
    let space = try TestSpace()
    try FileManager.default.removeItem(atPath: space.path("bin/stage-train"))
    let outcome = try space.call("run", "--dry-run")
    #expect(outcome.code == 2)
    #expect(
      outcome.errors.hasSuffix(
        "/bin/stage-train; expected one; build it with make build\n"))
  }

  @Test func `a wrong option of the command ends with 2`() throws {
    let space = try TestSpace()
    #expect(try space.call("run", "--bogus").code == 2)
    #expect(try space.call("run", "--jobs", "0").code == 2)
    #expect(try space.call("run", "--profile", "smal").errors.contains("did you mean \"small\"?"))
    #expect(try space.call("run", "--force", "trian").errors.contains("did you mean \"train\"?"))
  }

  @Test func `the pipeline of this package can be read`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let configuration = try Configuration.load(root.appending(path: "pipeline.yaml").path)
    #expect(configuration.profiles.first?.name == "demo")
    for profile in configuration.profiles {
      _ = try Selection(configuration, profile: profile.name, assignments: ["backbones=all"])
    }
    for model in configuration.languageModels {
      let selection = try Selection(
        configuration, profile: nil, languageModel: model.name, assignments: [])
      #expect(selection.languageModel == model)
    }
    #expect(configuration.languageModels.map(\.name).first == "title-llama")
    #expect(configuration.aliases["positives"] == "preprocess.positives")
  }

  @Test func `in the pipeline of this package only measuring stages read what is held out`() throws
  {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let configuration = try Configuration.load(root.appending(path: "pipeline.yaml").path)
    let ratings = try #require(configuration.groups["ratings"])
    func readers(_ output: String) -> [(stage: String, only: [String])] {
      configuration.stages.flatMap { stage in
        stage.inputs.flatMap(\.sources).filter { $0.owner == "preprocess" && $0.name == output }
          .map { (stage.name, $0.only) }
      }
    }
    #expect(Set(readers("test").map(\.stage)) == ["aggregate", "report"])
    #expect(!readers("rating-questions").isEmpty)
    for reader in readers("rating-questions") {
      #expect(reader.only == ratings || reader.only == ["bias"], "\(reader)")
    }
  }
}
