import StageKit
import StageProtocol
import Testing

@Suite("Events")
struct EventTests {
  @Test("for the runner each event is one line of JSON")
  func json() async throws {
    try await withFolder { folder in
      let console = FakeConsole()
      let outcome = try await launch(in: folder, ["--events", "json"], console: console) {
        context in
        context.progress(done: 12, total: 100, unit: "epoch", message: "NDCG@10 0.0612")
        console.wait(1)
        context.progress(done: 13, total: 100, unit: "epoch")
        context.log("a \"quoted\"\nline\u{1}")
        throw StageFailure("no \\ way")
      }
      #expect(outcome.code == .failed)
      let lines = outcome.out.split(separator: "\n")
      #expect(lines[0].hasPrefix(#"{"event":"log","level":"info","message":"OpenBLAS "#))
      #expect(
        lines.dropFirst() == [
          #"{"event":"progress","done":12,"total":100,"unit":"epoch","message":"NDCG@10 0.0612"}"#,
          #"{"event":"progress","done":13,"total":100,"unit":"epoch"}"#,
          #"{"event":"log","level":"info","message":"a \"quoted\"\nline\u0001"}"#,
          #"{"event":"error","message":"no \\ way"}"#,
        ])
      #expect(outcome.error == "stage-probe: error: no \\ way\n")
    }
  }

  @Test("for the runner an interrupt is logged and not an error")
  func interrupt() async throws {
    try await withFolder { folder in
      let outcome = try await launch(in: folder, ["--events", "json"], signal: { 15 }) {
        try $0.checkInterrupted()
      }
      #expect(!outcome.out.contains(#""event":"error""#))
      #expect(outcome.out.contains("stopped by SIGTERM"))
    }
  }

  @Test("progress is printed ten times a second at most, and the last of it always")
  func throttle() async throws {
    try await withFolder { folder in
      let console = FakeConsole()
      let outcome = try await launch(in: folder, ["--events", "json"], console: console) {
        context in
        for done in 1...1000 {
          context.progress(done: done, total: 2000, unit: "user")
          console.wait(1.0 / 64)
        }
        try writeOutputs(context)
      }
      let lines = outcome.out.split(separator: "\n").dropFirst()
      #expect(lines.count == 144)
      #expect(lines.prefix(2).last == #"{"event":"progress","done":8,"total":2000,"unit":"user"}"#)
      #expect(lines.last == #"{"event":"progress","done":1000,"total":2000,"unit":"user"}"#)
    }
  }

  @Test("the end of the work is printed however soon it comes")
  func end() async throws {
    try await withFolder { folder in
      let outcome = try await launch(in: folder) { context in
        for done in 1...5 { context.progress(done: done, total: 5, unit: "epoch") }
        try writeOutputs(context)
      }
      #expect(outcome.out == "1/5 epoch\n5/5 epoch\n")
    }
  }

  @Test("people without a terminal get a line every ten seconds, with the time left")
  func lines() async throws {
    try await withFolder { folder in
      let console = FakeConsole()
      let outcome = try await launch(in: folder, console: console) { context in
        for done in 10...40 {
          context.progress(done: done, total: 1000, unit: "epoch", message: "loss \(done)")
          console.wait(2.5)
        }
        try writeOutputs(context)
      }
      let lines = outcome.out.split(separator: "\n")
      // What was done before the first line, by a run that was killed, says nothing of this one's pace.
      #expect(lines[0] == "10/1000 epoch  loss 10")
      #expect(lines[1] == "14/1000 epoch  loss 14  41 min left")
      #expect(lines.last == "40/1000 epoch  loss 40")
      #expect(lines.count == 9)
    }
  }

  @Test("a terminal shows one bar that is drawn over, and lines above it")
  func bar() async throws {
    try await withFolder { folder in
      let console = FakeConsole()
      let outcome = try await launch(in: folder, console: console, columns: 50) { context in
        context.progress(done: 1, total: 4, unit: "epoch")
        console.wait(10)
        context.progress(done: 2, total: 4, unit: "epoch", message: "a message that is too long")
        context.log("halfway")
        console.wait(10)
        context.progress(done: 3, total: 4, unit: "epoch")
        context.progress(done: 4, total: 4, unit: "epoch")
        try writeOutputs(context)
      }
      let clear = "\r\u{1B}[K"
      #expect(
        outcome.out == """
          \(clear)██████░░░░░░░░░░░░░░░░░░ 1/4 epoch\
          \(clear)████████████░░░░░░░░░░░░ 2/4 epoch  a message tha\
          \(clear)halfway
          \(clear)██████████████████░░░░░░ 3/4 epoch  10 s left\
          \(clear)████████████████████████ 4/4 epoch

          """)
    }
  }

  @Test("a stage that ends early leaves the bar's line")
  func leave() async throws {
    try await withFolder { folder in
      let outcome = try await launch(in: folder, columns: 40) { context in
        context.progress(done: 1, total: 2, unit: "epoch")
        throw StageFailure("no")
      }
      #expect(outcome.out == "\r\u{1B}[K████████████░░░░░░░░░░░░ 1/2 epoch\n")
    }
  }
}
