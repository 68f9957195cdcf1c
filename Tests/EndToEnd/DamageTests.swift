import Foundation
import Testing

/// What a user meets when files are damaged or settings are wrong: one clear error, one exit code, and a
/// store that the next run repairs.
@Suite(.serialized) struct DamageTests {
  @Test func `a wrong CSV is refused with file, line and exit code 65`() throws {
    let space = try Workspace()
    let folder = space.folder.appending(path: "data")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let rows = (0..<40).map { "u\($0 % 5),i\($0 % 8),\($0 % 5 + 1),\($0)" }
    try Data((["user,item,rating,timestamp", "u1"] + rows).joined(separator: "\n").utf8)
      .write(to: folder.appending(path: "interactions.csv"))
    let outcome = try space.call([
      "run", "--profile", "csv", "--data", folder.path, "--until", "preprocess",
    ])
    #expect(outcome.code == 65)
    #expect((outcome.output + outcome.errors).contains("interactions.csv:2"))
  }

  @Test func `a misspelled parameter is found before anything runs`() throws {
    let space = try Workspace()
    let outcome = try space.call(["run", "--set", "train-backbone.learningrate=0.1"])
    #expect(outcome.code == 2)
    #expect(outcome.errors.contains("learningRate"))
    #expect(
      !FileManager.default.fileExists(
        atPath: space.folder.appending(path: "artifacts/objects").path))
  }

  @Test func `a flipped byte and a missing object are found by verify and repaired by a run`()
    throws
  {
    let space = try Workspace()
    let arguments = ["run", "--until", "train-baseline"] + Workspace.small
    #expect(try space.call(arguments).code == 0)
    let before = try space.artifacts(of: "demo")
    let object = { (name: String) -> URL in
      let digest = try #require(before[name])
      return space.folder.appending(path: "artifacts/objects/\(digest.prefix(2))/\(digest)")
    }
    let flipped = try object("preprocess/train.safetensors.zst")
    var bytes = try Data(contentsOf: flipped)
    bytes[bytes.count / 2] ^= 1
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: flipped.path)
    try bytes.write(to: flipped)
    try FileManager.default.removeItem(at: object("preprocess/catalogue.safetensors.zst"))

    let verified = try space.call(["verify"])
    #expect(verified.code != 0)
    #expect((verified.output + verified.errors).contains("preprocess"))
    #expect(try space.call(arguments).code == 0)
    #expect(try space.artifacts(of: "demo") == before)
    #expect(try space.call(["verify"]).code == 0)
  }

  @Test func `a truncated artifact given to a stage is refused with its path and exit code 65`()
    throws
  {
    let space = try Workspace()
    #expect(try space.call(["run", "--until", "preprocess"] + Workspace.small).code == 0)
    let whole = try Data(
      contentsOf: space.folder.appending(path: "artifacts/demo/preprocess/train.safetensors.zst"))
    let cut = space.folder.appending(path: "cut.safetensors.zst")
    try whole.prefix(whole.count / 2).write(to: cut)
    let outcome = try space.call(["inspect", cut.path])
    #expect(outcome.code == 65)
    #expect(outcome.errors.contains("cut.safetensors.zst"))
  }
}
