import Artifacts
import Foundations
import StageKit
import StageProtocol
import Testing

@Suite("One data set, one model a stage")
struct DatasetGuardTests {
  private func put(
    _ schema: String, data: String = "aaaaaaaaaa", task: String? = nil, at path: String
  ) throws {
    var artifact = Artifact(schema: schema, metadata: dataSet)
    artifact.metadata["data"] = data
    artifact.metadata["task"] = task
    artifact.set("items", int32s: [0])
    try artifact.write(to: path)
  }

  @Test("inputs of two data sets end with 65 and name both files")
  func refused() async throws {
    try await withFolder { folder in
      let (train, features) = ("\(folder)/train.safetensors.zst", "\(folder)/features")
      try put("interactions", data: "aaaaaaaaaa", at: train)
      try put("features", data: "bbbbbbbbbb", at: features)
      let outcome = try await launch(in: folder, ["--input", "features=\(features)"]) { context in
        _ = try context.input("train")
        _ = try context.input("features")
      }
      #expect(outcome.code == .badData)
      #expect(
        outcome.error == "stage-probe: error: found data set bbbbbbbb… in \(features), expected "
          + "aaaaaaaa… as in \(train); give artifacts of one run of preprocess\n")
    }
  }

  @Test("inputs of two tasks end with 65 and name both files, unless many may be given")
  func tasks() async throws {
    try await withFolder { folder in
      let (train, features) = ("\(folder)/train.safetensors.zst", "\(folder)/features")
      try put("interactions", task: "rating", at: train)
      try put("features", task: "direct", at: features)
      try put("user-metrics", task: "direct", at: "\(folder)/metrics")
      let outcome = try await launch(in: folder, ["--input", "features=\(features)"]) { context in
        _ = try context.input("train")
        _ = try context.input("features")
      }
      #expect(outcome.code == .badData)
      #expect(
        outcome.error == "stage-probe: error: found task direct in \(features), expected rating "
          + "as in \(train); give artifacts of the same model\n")
      let many = try await launch(in: folder, ["--input", "metrics=\(folder)/metrics"]) { context in
        _ = try context.input("train")
        _ = try context.inputs("metrics")
        try writeOutputs(context)
      }
      #expect(many.code == .done, "\(many.error)")
    }
  }

  @Test("an input that belongs to no data set ends with 65")
  func unknown() async throws {
    try await withFolder { folder in
      let features = "\(folder)/features"
      try Artifact(schema: "features").write(to: features)
      let outcome = try await launch(in: folder, ["--input", "features=\(features)"]) { context in
        _ = try context.input("features")
      }
      #expect(outcome.code == .badData)
      #expect(outcome.error.contains("\(features): found no data in the metadata"))
    }
  }

  @Test("one artifact given twice ends with 65 and names both files")
  func twice() async throws {
    try await withFolder { folder in
      let paths = ["\(folder)/one", "\(folder)/two"]
      for path in paths { try put("user-metrics", at: path) }
      let outcome = try await launch(in: folder, paths.flatMap { ["--input", "metrics=\($0)"] }) {
        _ = try $0.inputs("metrics")
      }
      #expect(outcome.code == .badData)
      #expect(outcome.error.contains("found the same artifact in \(paths[0]) and \(paths[1])"))
    }
  }

  @Test("outputs carry the data set of the inputs")
  func handedOn() async throws {
    try await withFolder { folder in
      let outcome = try await launch(in: folder) { context in
        _ = try context.input("train")
        try writeOutputs(context)
      }
      #expect(outcome.code == .done)
      let model = try Artifact(contentsOf: "\(folder)/model.safetensors.zst")
      #expect(dataSet.allSatisfy { model.metadata[$0.key] == $0.value })
    }
  }
}
