import Foundation
import Testing

@Suite struct MovieLensTests {
  @Test(
    .enabled(
      if: Workspace.data != nil,
      "needs MovieLens 100K: set LLAMA4REC_DATA to the folder that holds ml-100k"))
  func `MovieLens 100K goes through every stage and popularity has its known value`() throws {
    let space = try Workspace()
    let data = try #require(Workspace.data)
    let run = try space.call([
      "run", "--profile", "ml-100k", "--data", data.path, "--set", "seeds=1", "--set",
      "backbones=mf", "--set", "pretrain-llm.epochs=2", "--set", "train-backbone.epochs=10",
      "--set", "retrain-augmented.epochs=10", "--set", "tune-llm.instructions=500", "--set",
      "tune-llm.epochs=1",
    ])
    #expect(run.code == 0, "\(run.errors)")
    let json = try space.call(["results", "--all", "--profile", "ml-100k", "--format", "json"])
    let rows = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
    let popularity = rows.first {
      $0["method"] as? String == "popularity" && $0["metric"] as? String == "HR@10"
    }
    // Full ranking, train and validation items excluded: 81 of 943 users.
    #expect(abs((popularity?["mean"] as? Double ?? 0) - 81.0 / 943) < 1e-4)
    #expect(popularity?["users"] as? Int == 943)
  }
}
