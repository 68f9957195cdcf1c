import Foundation
import Foundations
import Pipeline
import Testing

@Suite struct CachingTests {
  @Test func `a second run takes every result from the store`() throws {
    let space = try TestSpace()
    let first = try space.call("run")
    #expect(first.code == 0)
    #expect(first.lines.contains("prepare: runs, no earlier result"))
    #expect(try space.takeTrace().count == 6)

    let second = try space.call("run")
    #expect(second.code == 0)
    #expect(try space.takeTrace().isEmpty)
    #expect(
      second.lines.dropLast(2) == [
        "prepare: cached", "train[a,1]: cached", "train[a,2]: cached", "train[b,1]: cached",
        "train[b,2]: cached", "report: cached",
      ])
    #expect(second.lines.contains { $0.hasPrefix("all 6 stages cached (") })
    #expect(second.lines.last == "report: artifacts/small/report.html")
  }

  @Test func `a changed parameter runs its stage again and names both values`() throws {
    let space = try TestSpace()
    _ = try space.call("run")
    _ = try space.takeTrace()
    let outcome = try space.call("run", "--set", "train@a.rate=0.002")
    #expect(outcome.lines.contains("prepare: cached"))
    #expect(
      outcome.lines.contains("train[a,1]: runs, parameter rate changed 0.001 → 0.002"))
    #expect(outcome.lines.contains("train[b,1]: cached"))
    #expect(outcome.lines.contains("report: runs, input models changed"))
    #expect(
      try space.takeTrace() == [
        "report {}", #"train {"layers":[],"model":"a","rate":0.002,"seed":1}"#,
        #"train {"layers":[],"model":"a","rate":0.002,"seed":2}"#,
      ])
    // The old results are still there, so going back runs nothing.
    #expect(try space.call("run").lines.contains { $0.hasPrefix("all 6 stages cached") })
  }

  @Test func `a stage with the same output as before spares those after it`() throws {
    let space = try TestSpace()
    _ = try space.call("run")
    let forced = try space.call("run", "--force", "prepare")
    #expect(forced.lines.contains("prepare: runs, forced"))
    #expect(forced.lines.contains("train[b,2]: cached"))
    #expect(forced.lines.contains { $0.hasPrefix("6 stages: 5 cached, 1 ran (") })
  }

  @Test func `a changed executable, data file or salt is the reason that is given`() throws {
    let space = try TestSpace()
    _ = try space.call("run")
    let script = space.read("bin/stage-train")
    try space.write("bin/stage-train", script + "\n# changed\n")
    #expect(try space.call("run").lines.contains("train[a,1]: runs, the stage's code changed"))
    try space.write("data/rows.txt", "4 5 6\n")
    #expect(try space.call("run").lines.contains("prepare: runs, input rows changed"))
    try space.write("pipeline.yaml", "salt: bad batch\n" + TestSpace.pipeline)
    #expect(try space.call("run").lines.contains("prepare: runs, the salt changed"))
  }

  @Test func `data that changes while a stage reads it is noticed and nothing is stored`() throws {
    let space = try TestSpace()
    try space.hook("prepare", "echo 9 >> '\(space.path("data/rows.txt"))'")
    let outcome = try space.call("run")
    #expect(outcome.code == 1)
    #expect(outcome.output.contains("data/rows.txt changed while the stage ran; nothing is stored"))
    #expect(!space.exists("artifacts/actions"))
    try space.hook("prepare", nil)
    #expect(try space.call("run").lines.contains { $0.hasPrefix("prepare: runs") })
  }

  @Test func `data that changes between the decision and the start is noticed too`() throws {
    let space = try TestSpace()
    try space.hook("prepare", "sleep 1")
    let run = try space.begin(["run", "--until", "prepare"])
    let name = try #require(run.environment?["CALL"])
    while !space.read("\(name).out").contains("prepare: runs") { usleep(100) }
    try space.write("data/rows.txt", "9 9 9 9\n")
    #expect(space.finish(run).code == 1)
    #expect(!space.exists("artifacts/actions"))
    try space.write("data/rows.txt", "1 2 3\n")
    try space.hook("prepare", nil)
    let again = try space.call("run", "--until", "prepare")
    #expect(again.lines.contains { $0.hasPrefix("prepare: runs") })
  }

  @Test func `contents replaced with equal size, time and inode are noticed`() throws {
    let space = try TestSpace()
    _ = try space.call("run")
    let path = space.path("data/rows.txt")
    let before = try FileManager.default.attributesOfItem(atPath: path)
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.write(contentsOf: Data("3 2 1\n".utf8))
    try file.close()
    let time = try #require(before[.modificationDate])
    try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: path)
    #expect(try space.call("run").lines.contains("prepare: runs, input rows changed"))
  }

  @Test func `results of an earlier run say so after a failed one`() throws {
    let space = try TestSpace()
    _ = try space.call("run")
    let history = History(Store(root: space.path("artifacts")))
    #expect(history.warning(ofProfile: "small") == nil)
    try space.hook("prepare", "exit 65")
    #expect(try space.call("run", "--force", "prepare").code == 65)
    let warning = try #require(history.warning(ofProfile: "small"))
    #expect(warning.contains("ended with exit code 65; these are the results of run "))
    #expect(history.warning(ofProfile: "tiny") == nil)
    #expect(space.read("artifacts/small/report.html").contains("results of an earlier run"))
    try space.hook("prepare", nil)
    _ = try space.call("run")
    #expect(history.warning(ofProfile: "small") == nil)
    #expect(!space.read("artifacts/small/report.html").contains("results of an earlier run"))
  }

  @Test func `a dry run says what would run and runs nothing`() throws {
    let space = try TestSpace()
    let empty = try space.call("run", "--dry-run")
    #expect(empty.code == 0)
    #expect(
      empty.lines == [
        "prepare: runs, no earlier result", "train[a,1]: may run, after prepare",
        "train[a,2]: may run, after prepare", "train[b,1]: may run, after prepare",
        "train[b,2]: may run, after prepare",
        "report: may run, after train[a,1], train[a,2] and 2 more",
        "6 stages: 0 cached; nothing was run",
      ])
    #expect(!space.exists("trace"))
  }

  @Test func `a run until a stage runs it and what it needs`() throws {
    let space = try TestSpace()
    let outcome = try space.call("run", "--until", "train", "--set", "models=b", "--seeds", "7")
    #expect(outcome.code == 0)
    #expect(
      try space.takeTrace() == [
        #"prepare {"taste":"all"}"#,
        #"train {"layers":[],"model":"b","rate":0.5,"seed":7}"#,
      ])
  }

  @Test func `readable names are the objects, under a name that tools know`() throws {
    let space = try TestSpace()
    _ = try space.call("run")
    let link = space.path("artifacts/small/train/b-2/model.txt")
    let digest = try Digest.sha256(fileAt: link)
    #expect(Files.areOne(link, space.path("artifacts/objects/\(digest.prefix(2))/\(digest)")))
    #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: link)) == nil)
    #expect(space.read("artifacts/small/train/b-2/model.txt").contains(#""model":"b""#))
    #expect(try space.files("artifacts/work").isEmpty)
  }

  @Test func `the key is the same in another folder`() throws {
    let first = try TestSpace()
    let second = try TestSpace()
    // The scripts name their own folder; these two do not depend on it.
    for space in [first, second] {
      let script = space.read("bin/stage-prepare")
      try space.write(
        "bin/stage-prepare", script.replacingOccurrences(of: space.folder.path, with: "."))
    }
    #expect(try first.call("run", "--until", "prepare").code == 0)
    #expect(try second.call("run", "--until", "prepare").code == 0)
    let names = try first.files("artifacts/actions")
    #expect(try second.files("artifacts/actions") == names)
  }

  @Test func `the report gains a table of the run while the stored page stays the same`() throws {
    let space = try TestSpace()
    _ = try space.call("run")
    let page = space.read("artifacts/small/report.html")
    #expect(page.contains("<h2>Stages of this run</h2>"))
    #expect(page.contains("<td>train[b,2]</td><td>runs, no earlier result</td>"))
    #expect(space.read("artifacts/small/report/report.html").contains("<!--run-record-->"))
    _ = try space.call("run")
    #expect(
      space.read("artifacts/small/report.html").contains("<td>train[b,2]</td><td>cached</td>"))
  }
}
