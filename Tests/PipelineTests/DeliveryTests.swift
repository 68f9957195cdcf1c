import Artifacts
import Datasets
import Evaluation
import Foundation
import Foundations
import Pipeline
import Synchronization
import Testing

/// The two parts of a profile, the gate and what is published, on a recorded executor.
@Suite struct DeliveryTests {
  private typealias Script = RecordedExecutor.Script

  private static let evaluation = [
    "prepare", "train[a,1]", "train[a,2]", "train[b,1]", "train[b,2]", "report", "deliver",
  ]

  // MARK: Two parts

  @Test func `after the evaluation only the chosen cell is trained on everything`() throws {
    let space = try RecordedSpace.delivering()
    let outcome = try space.deliver()
    #expect(outcome.code == 0)
    #expect(space.started() == Self.evaluation + ["train-on-all[b,2]", "recommend"])
    #expect(
      outcome.lines.suffix(2) == [
        "publish: published; NDCG@5 0.0800, the first lists", "9 stages: 9 ran (7.0 s)",
      ])
    let run = try #require(History(space.store).runs().last)
    #expect(History(space.store).runs().count == 1)
    #expect(run.ran == 9 && run.total == 9 && run.keys.count == 9)
    #expect(run.publication?.isPublished == true)
    #expect(run.publication?.reason == "NDCG@5 0.0800, the first lists")
  }

  @Test func `what is published are the lists, the choice and the figures`() throws {
    let space = try RecordedSpace.delivering()
    _ = try space.deliver()
    let published = try space.published()
    #expect(
      published.keys.sorted() == [
        "delivery.json", "evaluation.json", "recommendations.csv", "recommendations.jsonl",
        "recommendations.safetensors.zst",
      ])
    let contents = try DeliveryFixture.contents(DeliveryFixture.results(0.08))
    for (file, bytes) in published where file != "evaluation.json" {
      #expect(bytes == contents[file], "\(file)")
    }
    let publication = try #require(try Publication(space.store, profile: "small"))
    #expect(try publication.delivery() == DeliveryFixture.delivery())
    #expect(try publication.recommendations() == DeliveryFixture.recommendations)
    let evaluation = publication.evaluation
    #expect(evaluation.profile == "small" && evaluation.dataset == "rows")
    #expect(evaluation.task == .direct && evaluation.backbone == "b")
    #expect(evaluation.metric == .ndcg5 && abs(evaluation.mean - 0.08) < 1e-6)
    #expect(evaluation.seeds == 2 && evaluation.users == 10)
    #expect(
      try publication.summary() == """
        chosen: direct, b, seed 2; on validation NDCG@10 0.2500
        recommendations for 3 of 3 users: 3 different items in 2 different lists
        recommendations: \(space.path("artifacts"))/small/published/recommendations.csv
        """)
  }

  @Test func `a second time everything is cached and the lists stay as they are`() throws {
    let space = try RecordedSpace.delivering()
    _ = try space.deliver()
    let before = try space.published()
    let outcome = try space.deliver()
    #expect(outcome.code == 0)
    #expect(outcome.lines.contains("publish: published; NDCG@5 0.0800, as they are"))
    #expect(outcome.lines.last == "all 9 stages cached (0.0 s)")
    #expect(try space.published() == before)
    #expect(try space.publications().count == 1)
  }

  @Test func `a plain run leaves the delivery out, until one of its stages is asked for`() throws {
    let space = try RecordedSpace.delivering()
    #expect(try space.run().code == 0)
    #expect(space.started() == Self.evaluation)
    let count = space.executor.calls.count
    #expect(try space.run(set: ["seeds=1"], until: "train-on-all").code == 0)
    #expect(space.started(since: count) == ["train-on-all[a,1]", "train-on-all[b,1]"])
    #expect(try space.published().isEmpty)
  }

  @Test func `a forced stage of the delivery runs again, and of the evaluation once`() throws {
    let space = try RecordedSpace.delivering()
    _ = try space.deliver()
    let count = space.executor.calls.count
    _ = try space.deliver { $0.forced = ["train-on-all", "prepare"] }
    #expect(space.started(since: count) == ["prepare", "train-on-all[b,2]"])
  }

  @Test func `another choice trains another cell and takes the place of the lists`() throws {
    let space = try RecordedSpace.delivering()
    _ = try space.deliver()
    let count = space.executor.calls.count
    try space.measure(
      DeliveryFixture.results(0.08), DeliveryFixture.delivery(backbone: "a", seed: 1))
    #expect(try space.deliver { $0.forced = ["deliver"] }.code == 0)
    #expect(space.started(since: count) == ["deliver", "train-on-all[a,1]", "recommend"])
    #expect(try Publication(space.store, profile: "small")?.evaluation.backbone == "a")
  }

  @Test func `state and explanations have the delivery once it ran or is asked for`() throws {
    let space = try RecordedSpace.delivering()
    _ = try space.run()
    let project = try space.project()
    #expect(try StatusReport(project.withDeliveryIfConcerned()).text.contains("on-all") == false)
    let asked = try StatusReport(project.withDeliveryIfConcerned(["recommend"]))
    #expect(try asked.explain("recommend") == "recommend: may run, after train-on-all[b,2]")
    _ = try space.deliver()
    #expect(
      try StatusReport(space.project().withDeliveryIfConcerned()).text
        .hasPrefix("profile small: 9 cached\n"))
  }

  // MARK: What goes wrong

  @Test func `without an evaluation nothing is delivered`() throws {
    let space = try RecordedSpace.delivering()
    space.executor.play("report", Script(end: .exited(65)))
    #expect(try space.deliver().code == 65)
    #expect(!space.started().contains("deliver"))
    #expect(try space.published().isEmpty)
    #expect(try #require(History(space.store).runs().last).publication == nil)
  }

  @Test func `a failure of the delivery leaves the lists, and the results are of this run`() throws
  {
    let space = try RecordedSpace.delivering()
    _ = try space.deliver()
    let before = try space.published()
    space.executor.play("train-on-all", Script(end: .exited(1)))
    let outcome = try space.deliver { $0.forced = ["train-on-all"] }
    #expect(outcome.code == 1)
    #expect(outcome.lines.last == "9 stages: 7 cached, 1 failed, 1 skipped (1.0 s)")
    #expect(try space.published() == before)
    #expect(History(space.store).warning(ofProfile: "small") == nil)
  }

  @Test(arguments: [3.5, 5.2, 6.2])
  func `a run that was stopped anywhere goes on and publishes the same`(moment: Double) throws {
    let straight = try RecordedSpace.delivering()
    _ = try straight.deliver()
    let space = try RecordedSpace.delivering()
    space.time.signal(SIGTERM, after: moment)
    #expect(try space.deliver().code == 128 + SIGTERM)
    #expect(try space.published().isEmpty)
    #expect(try space.deliver().code == 0)
    let (found, expected) = (try space.published(), try straight.published())
    for file in expected.keys where file != "evaluation.json" {
      #expect(found[file] == expected[file], "\(file)")
    }
  }

  @Test func `a signal as the evaluation ends stops before the delivery`() throws {
    let space = try RecordedSpace.delivering()
    var script = Script(contents: try DeliveryFixture.contents(DeliveryFixture.results(0.08)))
    script.secondsToStop = nil
    space.executor.play("deliver", script)
    space.time.signal(SIGINT, after: 4.5)
    let outcome = try space.deliver()
    #expect(outcome.code == 128 + SIGINT)
    #expect(outcome.lines.last == "9 stages: 7 ran, 2 not started (5.0 s)")
  }

  @Test func `a choice that cannot be read is a failure that says so`() throws {
    let space = try RecordedSpace.delivering()
    var contents = try DeliveryFixture.contents(DeliveryFixture.results(0.08))
    contents["delivery.json"] = Array("{}".utf8)
    space.executor.play("deliver", Script(contents: contents))
    let outcome = try space.deliver()
    #expect(outcome.code == 1)
    #expect(
      outcome.lines.contains {
        $0.hasPrefix("publish: not published, the old lists stay; ")
          && $0.contains("deliver/delivery.json: found no cell")
      })
    #expect(History(space.store).runs().last?.publication?.isPublished == false)
  }

  @Test func `ratings make no lists, and nothing is trained to find that out`() throws {
    let space = try RecordedSpace.delivering()
    var delivery = DeliveryFixture.delivery()
    delivery.task = .rating
    try space.measure(DeliveryFixture.results(0.08), delivery)
    let outcome = try space.deliver()
    #expect(outcome.code == 1)
    #expect(space.started() == Self.evaluation)
    #expect(
      outcome.lines.contains {
        $0.contains("deliver/delivery.json: ratings by b, which make no lists; expected a backbone")
      }, "\(outcome.lines)")
  }

  @Test func `figures of what is published that cannot be read open no gate`() throws {
    let space = try RecordedSpace.delivering()
    _ = try space.deliver()
    let path = space.path("artifacts/small/published/evaluation.json")
    try Files.writeAtomically("torn", to: path)
    let outcome = try space.deliver()
    #expect(outcome.code == 1)
    #expect(outcome.lines.contains { $0.contains("evaluation.json: no evaluation; ") })
    let forced = try space.deliver(anyway: true)
    #expect(forced.code == 0)
    #expect(
      forced.lines.contains(
        "publish: published; NDCG@5 0.0800, after figures that cannot be read"))
    #expect(try Publication(space.store, profile: "small") != nil)
  }

  // MARK: The gate

  /// Delivers once, and again after the evaluation came out otherwise.
  private func twice(
    _ results: [ResultRow], profile: String = "small", anyway: Bool = false
  ) throws -> (space: RecordedSpace, outcome: RecordedSpace.Outcome) {
    let space = try RecordedSpace.delivering(0.08)
    #expect(try space.deliver(profile).code == 0)
    try space.measure(results)
    return (space, try space.deliver(profile, anyway: anyway) { $0.forced = ["report"] })
  }

  @Test(arguments: [0.09, 0.077])
  func `lists that measure no worse within the tolerance are published`(mean: Double) throws {
    let (space, outcome) = try twice(DeliveryFixture.results(mean))
    #expect(outcome.code == 0)
    #expect(
      outcome.lines.contains(
        "publish: published; NDCG@5 \(Format.decimal(mean, 4)) after NDCG@5 0.0800"))
    let found = try #require(try Publication(space.store, profile: "small")).evaluation.mean
    #expect(abs(found - mean) < 1e-6)
    #expect(try space.publications().count == 2)
  }

  @Test func `worse lists are held back with both figures and the way out`() throws {
    let (space, outcome) = try twice(DeliveryFixture.results(0.07))
    #expect(outcome.code == 1)
    let reason =
      "NDCG@5 0.0700 is worse than NDCG@5 0.0800, published 2026-01-01T00:00:07Z, by more than 5.0 %"
    #expect(
      outcome.lines.contains(
        "publish: not published, the old lists stay; \(reason); --force publish publishes all the "
          + "same, and so does a larger publish.tolerance in \(space.path("pipeline.yaml"))"))
    let history = History(space.store)
    #expect(history.runs().last?.exitCode == 1)
    #expect(history.runs().last?.publication?.isPublished == false)
    #expect(history.runs().last?.publication?.reason == reason)
    #expect(history.text().contains("old ones stay"))
    #expect(history.warning(ofProfile: "small") == nil)
    #expect(try #require(try Publication(space.store, profile: "small")).evaluation.mean > 0.079)
    #expect(try space.publications().count == 1)

    let forced = try space.deliver(anyway: true)
    #expect(forced.code == 0)
    #expect(try #require(try Publication(space.store, profile: "small")).evaluation.mean < 0.071)
  }

  @Test func `a profile has a tolerance of its own`() throws {
    #expect(try twice(DeliveryFixture.results(0.05), profile: "lenient").outcome.code == 0)
    #expect(try twice(DeliveryFixture.results(0.03), profile: "lenient").outcome.code == 1)
  }

  @Test func `another protocol is published and says that it cannot be compared`() throws {
    let (space, outcome) = try twice(DeliveryFixture.results(0.01, dataset: "other"))
    #expect(outcome.code == 0)
    #expect(
      outcome.lines.contains(
        "publish: published; NDCG@5 0.0100; NDCG@5 of other, direct, cannot be compared with NDCG@5 "
          + "of rows, direct, published before"))
    #expect(try Publication(space.store, profile: "small")?.evaluation.dataset == "other")
  }

  // MARK: Publishing

  /// The files of the last run's lists.
  private func files(_ space: RecordedSpace) throws -> [ActionRecord.Output] {
    let keys = try #require(History(space.store).runs().last).keys
    return ["recommend", "deliver"].compactMap { keys[$0] }.compactMap(space.record)
      .flatMap(\.outputs)
  }

  private func figures(_ mean: Double) throws -> PublishedEvaluation {
    try PublishedEvaluation(
      of: DeliveryFixture.delivery(),
      in: Results(rows: DeliveryFixture.results(mean)), path: "r", time: .distantPast)
  }

  @Test
  func `killed before the link is replaced, readers have the old lists, and the next run ends it`()
    throws
  {
    let space = try RecordedSpace.delivering()
    _ = try space.deliver()
    let before = try space.published()
    let publisher = Publisher(space.store, profile: "small")
    try publisher.prepare(try files(space), figures(0.09), name: "next")
    // As a run leaves it that is killed while it fills a folder or makes the link.
    let publications = space.path("artifacts/publications/small")
    try FileManager.default.createDirectory(
      atPath: "\(publications)/.next", withIntermediateDirectories: true)
    try Data().write(to: URL(filePath: "\(publications)/.next/recommendations.csv"))
    try FileManager.default.createSymbolicLink(
      atPath: space.path("artifacts/small/published.next"), withDestinationPath: "nowhere")
    #expect(try space.published() == before)

    try space.measure(DeliveryFixture.results(0.09))
    #expect(try space.deliver { $0.forced = ["report"] }.code == 0)
    #expect(try space.published().count == before.count)
    #expect(try #require(try Publication(space.store, profile: "small")).evaluation.mean > 0.089)
    #expect(
      !Files.exists(space.path("artifacts/small/published.next"))
        && !Files.exists("\(publications)/.next"))
  }

  @Test func `a reader never sees half of a publication`() throws {
    let space = try RecordedSpace.delivering()
    _ = try space.deliver()
    let (store, files) = (space.store, try files(space))
    let publisher = Publisher(store, profile: "small")
    let isOver = Atomic(false)
    let looks = Atomic(0)
    let faults = Mutex<[String]>([])
    let reader = Thread {
      while !isOver.load(ordering: .relaxed) {
        do {
          guard let publication = try Publication(store, profile: "small") else {
            faults.withLock { $0.append("nothing published") }
            continue
          }
          _ = try publication.delivery()
          _ = try publication.recommendations()
        } catch {
          faults.withLock { $0.append("\(error)") }
        }
        looks.add(1, ordering: .relaxed)
      }
    }
    reader.start()
    for index in 0..<100 {
      try publisher.prepare(files, figures(Double(index)), name: "n\(index)")
      try publisher.swap(to: "n\(index)")
    }
    while looks.load(ordering: .relaxed) < 10 { usleep(1000) }
    isOver.store(true, ordering: .relaxed)
    #expect(faults.withLock { $0 }.isEmpty)
    #expect(try Publication(store, profile: "small")?.evaluation.mean == 99)
  }

  @Test func `collecting garbage keeps both parts, what readers have, and the last publications`()
    throws
  {
    let space = try RecordedSpace.delivering()
    _ = try space.deliver()
    let publisher = Publisher(space.store, profile: "small")
    for name in ["a", "b", "c"] {
      try publisher.prepare(try files(space), figures(0.1), name: name)
    }
    for _ in 0..<4 { _ = try space.run() }
    let before = try space.published()
    let outcome = try Collector(space.store).collect(keeping: 2, isRehearsal: false)
    #expect(outcome.objects == 0 && outcome.actions == 0)
    #expect(try space.publications().contains("b") && space.publications().contains("c"))
    #expect(try !space.publications().contains("a"))
    #expect(try space.published() == before)
    #expect(try space.deliver().lines.last == "all 9 stages cached (0.0 s)")

    // The lists outlive the objects that they were.
    for folder in ["objects", "actions"] {
      try FileManager.default.removeItem(atPath: space.path("artifacts/\(folder)"))
    }
    _ = try Collector(space.store).collect(keeping: 1, isRehearsal: false)
    #expect(try space.published() == before)
  }

  @Test func `equal lists for everybody are a warning`() throws {
    let space = try RecordedSpace.delivering()
    var same = DeliveryFixture.recommendations
    for row in same.lists.indices { same.lists[row].entries = same.lists[0].entries }
    let contents = try DeliveryFixture.contents(
      DeliveryFixture.results(0.08), DeliveryFixture.delivery(), same)
    space.executor.play("recommend", Script(contents: contents))
    _ = try space.deliver()
    let summary = try #require(try Publication(space.store, profile: "small")).summary()
    #expect(
      summary.contains("2 different items in 1 different lists\nwarning: all lists are the same"))
  }
}

extension RecordedSpace {
  /// The folders of a profile's publications.
  func publications(_ profile: String = "small") throws -> [String] {
    try FileManager.default.contentsOfDirectory(
      atPath: path("artifacts/publications/\(profile)")
    ).sorted()
  }
}
