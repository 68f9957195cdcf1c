import Artifacts
import Foundations
import StageKit
import StageProtocol
import Testing

@Suite("One data set a stage")
struct DatasetGuardTests {
  private func put(_ schema: String, data: String?, at path: String) throws {
    var artifact = Artifact(schema: schema)
    artifact.metadata["data"] = data
    artifact.set("items", int32s: [0])
    try artifact.write(to: path)
  }

  @Test("inputs of two data sets end with 65 and name both files")
  func refused() throws {
    try withFolder { folder in
      let (train, features) = ("\(folder)/train.safetensors.zst", "\(folder)/features")
      try put("interactions", data: "aaaaaaaaaa", at: train)
      try put("features", data: "bbbbbbbbbb", at: features)
      let outcome = try launch(in: folder, ["--input", "features=\(features)"]) { context in
        _ = try context.input("train")
        _ = try context.input("features")
      }
      #expect(outcome.code == .badData)
      #expect(
        outcome.error == "stage-probe: error: found data set bbbbbbbb… in \(features), expected "
          + "aaaaaaaa… as in \(train); give artifacts of one run of preprocess\n")
    }
  }

  @Test("outputs carry the data set of the inputs", arguments: ["aaaaaaaaaa", nil])
  func handedOn(data: String?) throws {
    try withFolder { folder in
      try put("interactions", data: data, at: "\(folder)/train.safetensors.zst")
      let outcome = try launch(in: folder) { context in
        _ = try context.input("train")
        try writeOutputs(context)
      }
      #expect(outcome.code == .done)
      let model = try Artifact(contentsOf: "\(folder)/model.safetensors.zst")
      #expect(model.metadata["data"] == data)
    }
  }
}
