import Datasets
import Evaluation
import Foundation
import Foundations
import Pipeline
import Testing

/// `llama4rec recommend`, with scripts as stages.
@Suite struct RecommendCommandTests {
  /// Ends a stage with files of the folder `contents` as its outputs.
  private static let copy = """
    for output in $outputs; do cp "$control/contents/${output##*/}" "$output"; done
    exit 0
    """

  /// A space whose stages write what the fixture says.
  private func space(_ mean: Double = 0.08) throws -> TestSpace {
    let space = try TestSpace(pipeline: DeliveryFixture.pipeline, stages: DeliveryFixture.stages)
    try FileManager.default.createDirectory(
      at: space.folder.appending(path: "contents"), withIntermediateDirectories: true)
    try measure(mean, in: space)
    for stage in ["report", "deliver", "recommend"] { try space.hook(stage, Self.copy) }
    return space
  }

  private func measure(_ mean: Double, in space: TestSpace) throws {
    for (file, bytes) in try DeliveryFixture.contents(DeliveryFixture.results(mean)) {
      try Data(bytes).write(to: space.folder.appending(path: "contents/\(file)"))
    }
  }

  // MARK: Making lists

  @Test func `ends with the figures, the choice, the lists and where they are`() throws {
    let space = try space()
    let outcome = try space.call("recommend", "--profile", "small")
    #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.lines.contains("publish: published; NDCG@5 0.0800, the first lists"))
    #expect(
      outcome.lines.suffix(3) == [
        "chosen: direct, b, seed 2; on validation NDCG@10 0.2500",
        "recommendations for 3 of 3 users: 3 different items in 2 different lists",
        "recommendations: artifacts/small/published/recommendations.csv",
      ])
    #expect(space.read("artifacts/small/published/recommendations.csv") == "user,rank,item\n")
    #expect(try space.takeTrace().filter { $0.hasPrefix("train ") }.count == 5)
    let status = try space.call("status")
    #expect(status.output.hasPrefix("profile small: 9 cached\n"))
    #expect(status.output.contains("train-on-all[b,2]"))
  }

  @Test func `lists that are worse end with 1, and forcing publishes them`() throws {
    let space = try space()
    #expect(try space.call("recommend").code == 0)
    try measure(0.05, in: space)
    let worse = try space.call("recommend", "--force", "report")
    #expect(worse.code == 1)
    #expect(worse.lines.contains { $0.hasPrefix("publish: not published, the old lists stay; ") })
    #expect(try space.call("history").output.contains("old ones stay"))
    #expect(try space.call("results").errors.isEmpty)
    #expect(try space.call("recommend", "--force", "publish").code == 0)
    #expect(try space.call("history").output.contains("NDCG@5 0.0500 is worse than"))
  }

  @Test func `killed in the delivery it goes on and publishes the same`() throws {
    let straight = try space()
    #expect(try straight.call("recommend").code == 0)
    let space = try space()
    try space.hook(
      "train", #"if [ -f "$control/chosen" ]; then touch "$control/ready"; sleep 60; fi"#)
    try space.hook("deliver", #"touch "$control/chosen""# + "\n" + Self.copy)
    let process = try space.begin(["recommend"])
    try TestSpace.wait("the delivery to start") { space.exists("ready") }
    kill(process.processIdentifier, SIGKILL)
    #expect(space.finish(process).code == 128 + SIGKILL)
    #expect(!space.exists("artifacts/small/published"))
    try space.hook("train", nil)
    #expect(try space.call("recommend").code == 0)
    for file in ["recommendations.safetensors.zst", "recommendations.csv", "delivery.json"] {
      let path = "artifacts/small/published/\(file)"
      #expect(
        try Files.readStored(space.path(path)) == Files.readStored(straight.path(path)), "\(file)")
    }
  }

  @Test func `a dry run tells what would run, a wrong name that it is wrong`() throws {
    let space = try space()
    let dry = try space.call("recommend", "--dry-run")
    #expect(dry.code == 0)
    #expect(
      dry.lines.suffix(4) == [
        "train-on-all[a,1]: may run, after prepare, train[a,1]",
        "recommend: may run, after deliver, train-on-all[a,1]",
        "9 stages: 0 cached; nothing was run",
        "whose lists the delivery makes, deliver has yet to choose",
      ])
    let wrong = try space.call("recommend", "--force", "recomend")
    #expect(wrong.code == 2)
    #expect(wrong.errors.contains(#"did you mean "recommend"?"#))
    #expect(try space.call("recommend", "--until", "train").code == 2)
    #expect(try space.call("run", "--force", "recommend").code == 2)
    #expect(!space.exists("artifacts/lock"))
  }

  @Test func `a pipeline that makes no lists is an error before anything runs`() throws {
    let space = try TestSpace()
    let outcome = try space.call("recommend")
    #expect(outcome.code == 2)
    #expect(
      outcome.errors
        == "llama4rec: pipeline.yaml: stages: no stage deliver of the part evaluation that writes "
        + "delivery.json; expected one, because recommendations need it\n")
    #expect(try space.takeTrace().isEmpty)
  }

  // MARK: Looking at a list

  /// A space in which lists are published, without a run.
  private func published() throws -> TestSpace {
    let space = try TestSpace()
    let store = Store(root: space.path("artifacts"))
    let files = try DeliveryFixture.contents(DeliveryFixture.results(0.08)).map { file, bytes in
      let digest = Digest.sha256(bytes)
      let path = store.objectPath(digest)
      try Files.makeFolder(String(path.dropLast(digest.count + 1)))
      try Files.writeAtomically(bytes, to: path)
      return ActionRecord.Output(name: file, file: file, digest: digest, bytes: bytes.count)
    }
    let publisher = Publisher(store, profile: "small")
    try publisher.prepare(
      files,
      PublishedEvaluation(
        of: DeliveryFixture.delivery(), in: Results(rows: DeliveryFixture.results(0.08)),
        path: "r", time: .distantPast), name: "first")
    try publisher.swap(to: "first")
    return space
  }

  @Test func `a user's list is told with titles, both sides' scores and what the prompt showed`()
    throws
  {
    let space = try published()
    let outcome = try space.call("recommend", "--user", "anna", "--profile", "small")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(
      outcome.output == """
        rank  item  title               score       b  its rank  language model  its rank  source
        ----  ----  -----------------  ------  ------  --------  --------------  --------  --------------
           1  i2    Brazil (1985)      0.7500  2.5000         1         -1.2500         2  both
           2  i3    Casablanca (1942)  0.5000  0.5000        40         -3.0000         3  language-model

        N(u) = 12, α_u = 0.07: the language model has this share of the score and b the rest; α_u = α₁ · max(share, α₂) (equation 7) with α₁ 0.7 and α₂ 0.1, chosen on validation, and a share of 0.00: users have 3 to 12 interactions, and the fewer, the larger it is
        own history in the prompt: Alien (1979)
        most similar user in the prompt: Alien (1979); Casablanca (1942)
        hints of b in the prompt: Casablanca (1942); Brazil (1985)

        """)
    let bert = try space.call("recommend", "--user", "bert", "--profile", "small")
    #expect(bert.output.contains("popular\n"))
    #expect(
      bert.output.contains(
        "N(u) = 0: without a history the items are those that most others have\n"))
    #expect(bert.output.contains("own history in the prompt: none\n"))
  }

  @Test func `as JSON, cut to a count`() throws {
    let space = try published()
    let outcome = try space.call(
      "recommend", "--user", "anna", "--count", "1", "--json", "--profile", "small")
    #expect(
      outcome.output
        == #"{"alpha":0.07,"backbone":"b","hints":[{"item":"i3","title":"Casablanca (1942)"},"#
        + #"{"item":"i2","title":"Brazil (1985)"}],"interactions":12,"items":[{"item":"i2","#
        + #""language_model_rank":2,"language_model_score":-1.25,"rank":1,"recommender_rank":1,"#
        + #""recommender_score":2.5,"score":0.75,"#
        + #""source":"both","title":"Brazil (1985)"}],"shown":[{"item":"i1","title":"Alien (1979)"}],"#
        + #""similar":[{"item":"i1","title":"Alien (1979)"},{"item":"i3","title":"Casablanca (1942)"}],"#
        + #""task":"direct","user":"anna"}"# + "\n")
  }

  @Test func `an unknown user is bad data, with the nearest ids`() throws {
    let space = try published()
    let outcome = try space.call("recommend", "--user", "ana", "--profile", "small")
    #expect(outcome.code == 65)
    #expect(
      outcome.errors
        == "llama4rec: --user ana: found no such user among the 3 of profile small, expected an id of "
        + "the user's own files; did you mean anna, anne?\n")
  }

  @Test func `where nothing is published it says so and makes nothing`() throws {
    let space = try TestSpace()
    let none = try space.call("recommend", "--user", "anna")
    #expect(none.code == 2)
    #expect(
      none.errors
        == "llama4rec: artifacts: no recommendations published; expected some; make them with "
        + "llama4rec recommend\n")
    #expect(!space.exists("artifacts"))
    _ = try space.call("run")
    #expect(
      try space.call("recommend", "--user", "anna").errors
        == "llama4rec: artifacts/small/published: no recommendations published; expected some; make "
        + "them with llama4rec recommend --profile small\n")
    for option in [["--count", "3"], ["--json"]] {
      let process = try space.begin(["recommend"] + option)
      #expect(space.finish(process).code == 2)
    }
  }
}
