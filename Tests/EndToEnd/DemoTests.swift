import Foundation
import Testing

@Suite(.serialized) struct DemoTests {
  static let stages = [
    "preprocess", "train-baseline", "train-backbone", "pretrain-llm", "tune-llm",
    "label-augmentation", "retrain-augmented", "score-prompts", "aggregate", "deliver", "report",
  ]

  @Test func `a run ends with results and a report, and a second one does nothing`() throws {
    let space = try Workspace()
    let first = try space.call(["run"] + Workspace.small)
    #expect(first.code == 0, "\(first.errors)\n\(first.output)")
    #expect(first.output.contains("llama4rec"))
    let report = space.read("artifacts/demo/report.html")
    #expect(report.hasPrefix("<!DOCTYPE html>"))
    #expect(report.contains("Stages of this run"))

    let before = try space.artifacts(of: "demo")
    let second = try space.call(["run"] + Workspace.small)
    #expect(second.code == 0)
    #expect(!second.output.contains(": runs,"))
    #expect(second.output.contains("cached"))
    #expect(try space.artifacts(of: "demo") == before)
  }

  @Test func `results hold every method of every task`() throws {
    let space = try Workspace()
    #expect(try space.call(["run"] + Workspace.small).code == 0)
    let json = try space.call(["results", "--all", "--profile", "demo", "--format", "json"])
    let rows = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
    let keys: Set<String> = [
      "profile", "dataset", "task", "backbone", "language_model", "method", "metric", "mean", "std",
      "seeds",
      "users", "p_value", "best_baseline", "improvement_percent", "strongest", "p_vs_strongest",
      "published",
    ]
    #expect(rows.allSatisfy { Set($0.keys) == keys })
    func methods(_ task: String) -> Set<String> {
      Set(rows.filter { $0["task"] as? String == task }.compactMap { $0["method"] as? String })
    }
    let shared: Set<String> = [
      "base", "ift", "llama4rec", "without-data-augmentation", "without-prompt-augmentation",
      "without-adaptive-aggregation", "language-model-alone", "pretrained-only", "two-backbones",
    ]
    let ranking = shared.union(["popularity", "ease", "backbone-candidates"])
    #expect(methods("direct") == ranking)
    #expect(methods("sequential") == ranking)
    #expect(methods("rating") == shared.union(["bias"]))
    let models = Set(rows.compactMap { $0["language_model"] as? String })
    #expect(models == ["title-llama"])
    let means = rows.compactMap { $0["mean"] as? Double }
    #expect(means.count == rows.count && means.allSatisfy(\.isFinite))
  }

  @Test func `backbones alone are trained and measured without a language model`() throws {
    let space = try Workspace()
    let pipeline = Workspace.repository.appending(path: "Benchmarks/backbones.yaml").path
    let run = try space.call(
      ["run", "--pipeline", pipeline, "--profile", "demo-backbones"]
        + Workspace.small.dropFirst(2).prefix(8)
        + ["--set", "train-backbone.epochs=2", "--set", "backbones=als,sgl,cl4srec,xdeepfm"])
    #expect(run.code == 2, "als is a baseline, not a backbone:\n\(run.errors)")
    let second = try space.call(
      ["run", "--pipeline", pipeline, "--profile", "demo-backbones"]
        + Workspace.small.dropFirst(2).prefix(8)
        + ["--set", "train-backbone.epochs=2", "--set", "backbones=sgl,cl4srec,xdeepfm"])
    #expect(second.code == 0, "\(second.errors)\n\(second.output)")
    let json = try space.call([
      "results", "--all", "--profile", "demo-backbones", "--format", "json",
    ])
    let rows = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
    let names = rows.map { row in
      [row["task"], row["backbone"], row["method"]].map { $0 as? String ?? "-" }
        .joined(separator: " ")
    }
    let rankers = ["popularity", "itemknn", "als", "ease"]
    let expected =
      ["direct sgl base", "sequential cl4srec base", "rating xdeepfm base", "rating - bias"]
      + rankers.flatMap { ["direct - \($0)", "sequential - \($0)"] }
    #expect(Set(names) == Set(expected))
    #expect(!space.read("artifacts/demo-backbones/report.html").contains("NaN"))
  }

  @Test func `other words in the prompts run the language model's stages again, and no others`()
    throws
  {
    let space = try Workspace()
    let arguments = ["run", "--plain", "--set", "backbones=mf"] + Workspace.small
    #expect(try space.call(arguments).code == 0)
    let wording = space.folder.appending(path: "prompts/english.txt")
    let text = try String(contentsOf: wording, encoding: .utf8)
    // Another number of words: with as many, each would take the other's token, and nothing would differ.
    try text.replacing(" similar user:", with: " the most similar user:")
      .write(to: wording, atomically: true, encoding: .utf8)
    let second = try space.call(arguments)
    #expect(second.code == 0, "\(second.errors)")
    let ran = second.output.split(separator: "\n").filter { $0.contains(": runs,") }
    let stages = Set(
      ran.compactMap { line in
        Self.stages.first { line.contains(" \($0)[") || line.contains(" \($0):") }
      })
    let untouched: Set<String> = ["preprocess", "train-baseline", "train-backbone"]
    #expect(stages == Set(Self.stages).subtracting(untouched), "\(second.output)")

    try text.replacing("{hints}", with: "{hint}")
      .write(to: wording, atomically: true, encoding: .utf8)
    let broken = try space.call(arguments)
    #expect(broken.code == 65)
    let line =
      text.split(separator: "\n", omittingEmptySubsequences: false)
      .firstIndex { $0.contains("{hints}") }.map { $0 + 1 } ?? 0
    let said = "prompts/english.txt:\(line): found {hint} in [recommender], expected {hints}"
    #expect((broken.output + broken.errors).contains(said), "\(broken.output)\(broken.errors)")

    try FileManager.default.removeItem(at: wording)
    let absent = try space.call(arguments)
    #expect(absent.code == 2)
    #expect(absent.errors.contains("no file prompts/english.txt"), "\(absent.errors)")
  }

  @Test func `killed in every stage and resumed, the artifacts are the same bit for bit`() throws {
    let straight = try Workspace()
    #expect(try straight.call(["run"] + Workspace.small).code == 0)

    let killed = try Workspace()
    for stage in Self.stages {
      let before = killed.logs(of: stage)
      let process = try killed.begin(["run", "--jobs", "1"] + Workspace.small)
      try killed.wait("\(stage) to begin") {
        killed.logs(of: stage) > before || !process.isRunning
      }
      kill(process.processIdentifier, SIGKILL)
      _ = killed.finish(process)
    }
    let last = try killed.call(["run"] + Workspace.small)
    #expect(last.code == 0, "\(last.errors)")
    #expect(try killed.artifacts(of: "demo") == straight.artifacts(of: "demo"))
  }
}
