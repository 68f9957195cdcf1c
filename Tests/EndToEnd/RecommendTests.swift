import Artifacts
import Foundation
import Foundations
import Testing

/// Lists for every user, as a shop would ask for them: `llama4rec recommend` on its own CSV.
@Suite(.serialized) struct RecommendTests {
  private static let arguments =
    [
      "recommend", "--plain", "--profile", "csv", "--set", "backbones=mf,sasrec", "--set",
      "pretrain-llm.epochs=2", "--set", "train-backbone.epochs=3", "--set",
      "retrain-augmented.epochs=3", "--set", "tune-llm.epochs=1", "--set",
      "label-augmentation.pairsPerUser=20", "--set", "label-augmentation.topItems=20", "--set",
      "recommend.count=200",
    ]

  /// Sixty customers with text ids, one of them with a single purchase, one without any; untitled products.
  private static func write(to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var random = SeededRandom(seed: 3)
    var lines = ["user,item,timestamp"]
    for user in 0..<60 {
      var items = (0..<40).filter { $0 % 4 == user % 4 || $0 < 6 }
      random.shuffle(&items)
      for (time, item) in items.prefix(user == 7 ? 1 : 9).enumerated() {
        lines.append("customer \(user),\"sku,\(item)\",\(time)")
      }
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8)
      .write(to: folder.appending(path: "interactions.csv"))
    let users = ["user"] + (0..<60).map { "customer \($0)" } + ["customer new"]
    try Data((users.joined(separator: "\n") + "\n").utf8)
      .write(to: folder.appending(path: "users.csv"))
  }

  /// A line of the CSV; ids may be quoted.
  private struct Line {
    var user: String
    var rank: Int
    var item: String
    var score: Double
    var recommender: Double
    var languageModel: Double
    var source: String

    init(_ text: Substring) throws {
      let parts = text.replacing("\"sku,", with: "\"sku;").split(
        separator: ",", omittingEmptySubsequences: false)
      try #require(parts.count == 7, "\(text)")
      user = String(parts[0])
      rank = try #require(Int(parts[1]))
      item = String(parts[2].replacing("\"", with: "").replacing(";", with: ","))
      score = try #require(Double(parts[3]))
      recommender = try #require(Double(parts[4]))
      languageModel = try #require(Double(parts[5]))
      source = String(parts[6])
    }
  }

  @Test("every user of the input gets a list, blended as validation chose")
  func lists() throws {
    let space = try Workspace()
    try Self.write(to: space.folder.appending(path: "data"))
    let outcome = try space.call(Self.arguments)
    try #require(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
    let published = space.folder.appending(path: "artifacts/csv/published").path
    let text = space.read("artifacts/csv/published/recommendations.csv")
    #expect(
      text.hasPrefix("user,rank,item,score,recommender_score,language_model_score,source\n"))
    let lines = try text.split(separator: "\n").dropFirst().map { try Line($0) }
    let byUser = Dictionary(grouping: lines, by: \.user)
    let users = Set((0..<60).map { "customer \($0)" } + ["customer new"])
    #expect(Set(byUser.keys) == users)

    // Nobody is told what he already has; ranks and scores run down.
    var owned: [String: Set<String>] = [:]
    for line in space.read("data/interactions.csv").split(separator: "\n").dropFirst() {
      let parts = line.split(separator: "\"")
      owned[String(parts[0].dropLast()), default: []].insert(String(parts[1]))
    }
    for (user, list) in byUser {
      #expect(list.map(\.rank) == Array(1...list.count))
      #expect(owned[user, default: []].isDisjoint(with: list.map(\.item)), "\(user)")
      #expect(zip(list, list.dropFirst()).allSatisfy { $0.score >= $1.score })
    }
    #expect(byUser["customer new"]?.allSatisfy { $0.source == "popular" } == true)
    #expect(byUser["customer 7"]?.contains { $0.source == "popular" } == false)

    // One user's blend, worked again from what the artifacts say: all candidates are listed.
    let delivery = try #require(
      JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(filePath: "\(published)/delivery.json"))) as? [String: Any])
    let choices = try #require(delivery["choices"] as? [String: String])
    let alpha1 = try #require(choices["alpha1"].flatMap { Double($0) })
    let alpha2 = try #require(choices["alpha2"].flatMap { Double($0) })
    let user = "customer 12"
    let list = try #require(byUser[user])
    let counts = (0..<60).map { log(Double(owned["customer \($0)"]?.count ?? 0) + 1) }
    let (least, most) = (try #require(counts.min()), try #require(counts.max()))
    let alpha = alpha1 * max((most - counts[12]) / (most - least), alpha2)
    func utilities(_ scores: [Double]) -> [Double] {
      if choices["blend"] == "positions" {
        // Ties are decided by an order that the CSV does not tell, so there may be none.
        return scores.map { score in -Double(scores.count { $0 > score } + 1) }
      }
      let mean = scores.reduce(0, +) / Double(scores.count)
      let variance =
        scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scores.count)
      return scores.map { ($0 - mean) / variance.squareRoot() }
    }
    try #require(Set(list.map(\.recommender)).count == list.count)
    try #require(Set(list.map(\.languageModel)).count == list.count)
    let blended = zip(utilities(list.map(\.recommender)), utilities(list.map(\.languageModel)))
      .map { (1 - alpha) * $0 + alpha * $1 }
    for (found, expected) in zip(list, blended) { #expect(abs(found.score - expected) < 1e-3) }

    // The same lists as JSON Lines, in the order of the input.
    let jsonLines = space.read("artifacts/csv/published/recommendations.jsonl")
      .split(separator: "\n")
    #expect(jsonLines.count == users.count)
    let artifact = try Artifact(
      contentsOf: "\(published)/recommendations.safetensors.zst", schema: "recommendations")
    #expect(try Set(artifact.text("users")) == users)

    let shown = try space.call(["recommend", "--profile", "csv", "--user", user, "--count", "3"])
    #expect(shown.code == 0)
    for line in list.prefix(3) { #expect(shown.output.contains(line.item), "\(shown.output)") }
    let unknown = try space.call(["recommend", "--profile", "csv", "--user", "customer 122"])
    #expect(unknown.code == 65)
    #expect(unknown.errors.contains("customer 12"), "\(unknown.errors)")
  }

  @Test("killed and run again, the lists are the same bytes")
  func resumed() throws {
    let straight = try Workspace()
    try Self.write(to: straight.folder.appending(path: "data"))
    #expect(try straight.call(Self.arguments).code == 0)
    let killed = try Workspace()
    try Self.write(to: killed.folder.appending(path: "data"))
    for stage in ["tune-llm-all", "recommend"] {
      let process = try killed.begin(Self.arguments)
      try killed.wait("\(stage) to begin") {
        killed.logs(of: stage) > 0 || !process.isRunning
      }
      kill(process.processIdentifier, SIGKILL)
      _ = killed.finish(process)
    }
    #expect(try killed.call(Self.arguments).code == 0)
    for name in ["csv", "jsonl", "safetensors.zst"] {
      let path = "artifacts/csv/published/recommendations.\(name)"
      #expect(
        try Digest.sha256(fileAt: killed.folder.appending(path: path).path)
          == Digest.sha256(fileAt: straight.folder.appending(path: path).path), "\(name)")
    }
  }
}
