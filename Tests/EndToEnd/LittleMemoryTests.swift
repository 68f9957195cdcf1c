import Artifacts
import Foundation
import Testing

/// Real stages that have too little memory end with a message, in whatever library it is that they lack it.
@Suite struct LittleMemoryTests {
  @Test(arguments: (2...10).map { $0 * 50_000 })
  func `a demo in so many KiB of address space ends, and says why it failed`(limit: Int) throws {
    let workspace = try Workspace()
    let command = try #require(Workspace.executables).appending(path: "llama4rec")
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments =
      [
        "-c",
        "ulimit -v \(limit); exec timeout -s KILL 240 \"$@\" > little.out 2>&1", "sh", command.path,
        "run", "--until", "train-backbone", "--set", "backbones=mf",
      ] + Workspace.small
    process.currentDirectoryURL = workspace.folder
    try process.run()
    process.waitUntilExit()
    let output = workspace.read("little.out")
    #expect(process.terminationStatus != 128 + SIGKILL, "\(limit) KiB: \(output)")
    #expect(process.terminationStatus == 0 || !output.isEmpty, "\(limit) KiB")
  }

  /// A backbone is refused with exit code 2, a simple baseline left out with its reason, and neither is begun.
  @Test func `each model under a small budget gets its refusal`() throws {
    let workspace = try Workspace()
    let parts = [
      "catalogue", "users", "train", "validation", "folds", "test", "idle-users",
      "rating-questions",
      "features",
    ]
    let prepared = try workspace.call(
      ["--parameters", #"{"demoUsers":80,"demoItems":60,"demoInteractions":1600}"#]
        + parts.flatMap { ["--output", "\($0)=\($0).zst"] }, executable: "stage-preprocess")
    #expect(prepared.code == 0, "\(prepared.errors)")
    let backbones = [
      "mf", "lightgcn", "sgl", "mixgcf", "sasrec", "bert4rec", "cl4srec", "deepfm", "nfm", "dcn",
      "autoint", "afm", "xdeepfm",
    ]
    let baselines = ["popularity", "itemknn", "als", "ease", "bias"]
    for model in backbones + baselines {
      let outcome = try workspace.call(
        [
          "--memory", "1000000", "--parameters", #"{"backbone":"\#(model)"}"#, "--input",
          "train=train.zst", "--input", "validation=validation.zst", "--input",
          "features=features.zst", "--input", "questions=rating-questions.zst", "--output",
          "model=\(model).zst", "--output", "predictions=\(model).predictions.zst", "--output",
          "curves=\(model).curves.zst",
        ], executable: "stage-train-backbone")
      let isBackbone = backbones.contains(model)
      #expect(outcome.code == (isBackbone ? 2 : 0), "\(model): \(outcome.errors)")
      let said = isBackbone ? outcome.errors : outcome.output
      #expect(said.contains(" needs ") && said.contains("may take 976.6 KiB"), "\(model): \(said)")
      guard !isBackbone else { continue }
      let predictions = try Artifact(
        contentsOf: workspace.folder.appending(path: "\(model).predictions.zst").path,
        schema: "predictions")
      #expect(predictions.metadata["left-out"]?.contains(" needs ") == true)
    }
  }
}
