import AnswerStore
import Foundation
import Foundations
import Testing

@Suite struct AnswerStoreTests {
  private static let numbers: [Float] = [
    0.5, -0.0, .infinity, Float(bitPattern: 0x7FC0_1234), .leastNonzeroMagnitude,
  ]

  /// A folder of its own, with the path of a store in it.
  private func withStore(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "answers-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.appending(path: "deep/answers.sqlite").path)
  }

  private func answers(_ path: String, of model: String = "model") throws -> ModelAnswers {
    try AnswerStore(path).answers(ofModel: model, named: model)
  }

  /// A store of so many answers, closed.
  private func fill(_ path: String, count: Int) throws {
    let answers = try answers(path)
    for index in 0..<count { try answers.keep([Float(index), 1], of: "question \(index)") }
  }

  @Test func `an answer comes back bit for bit, here and after opening again`() throws {
    try withStore { path in
      let first = try answers(path)
      try first.keep(Self.numbers, of: "question")
      try first.keep([], of: "empty")
      for answers in [first, try answers(path)] {
        let found = try #require(try answers.answer(to: "question"))
        #expect(found.map(\.bitPattern) == Self.numbers.map(\.bitPattern))
        #expect(try answers.answer(to: "empty") == [])
        #expect(try answers.answer(to: "another") == nil)
        #expect(try answers.count() == 2)
      }
      try first.keep([7], of: "question")
      #expect(try answers(path).answer(to: "question") == [7])
    }
  }

  @Test func `another model's answer is never given`() throws {
    try withStore { path in
      try answers(path, of: "one").keep([1], of: "question")
      #expect(try answers(path, of: "two").answer(to: "question") == nil)
      try answers(path, of: "two").keep([2], of: "question")
      #expect(try answers(path, of: "one").answer(to: "question") == [1])
    }
  }

  @Test func `what a killed process wrote is there, whatever became of its log`() throws {
    try withStore { path in
      let open = try answers(path)
      for index in 0..<50 {
        try open.keep([Float(index)], of: "question \(index)")
        // The files as a kill leaves them: nothing was closed.
        let copy = "\(path).\(index)/answers.sqlite"
        try Files.makeFolder("\(path).\(index)")
        for suffix in ["", "-wal"] {
          try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
        }
        let found = try answers(copy)
        #expect(try found.count() == index + 1)
        #expect(try found.answer(to: "question \(index)") == [Float(index)])
      }
    }
  }

  @Test func `several write at once, into a store that none of them made alone`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "answers-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "answers.sqlite").path
    try await withThrowingTaskGroup { group in
      for writer in 0..<4 {
        group.addTask {
          let answers = try self.answers(path, of: "model \(writer % 2)")
          for index in 0..<100 {
            try answers.keep([Float(index)], of: "question \(writer / 2).\(index)")
            #expect(try answers.answer(to: "question \(writer / 2).\(index)") == [Float(index)])
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try AnswerStore(path).shelves().map(\.answers) == [200, 200])
    #expect(try AnswerStore(path).damages().isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["answers.sqlite"])
  }

  // MARK: Damage

  @Test(arguments: ["", "not a database", String(repeating: "SQLite format 3\0", count: 50)])
  func `a file of something else is refused with a way out and stays as it is`(text: String) throws
  {
    try withStore { path in
      try Files.makeFolder(URL(filePath: path).deletingLastPathComponent().path)
      try Files.writeAtomically(text, to: path)
      let error = #expect(throws: AnswerStoreError.self) { try AnswerStore(path) }
      #expect(error?.description.contains("move it") == true)
      #expect(error?.isDataError == true)
      #expect(try Files.readStored(path) == Array(text.utf8))
    }
  }

  @Test(arguments: [(60, "version"), (68, "another program's")])
  func `a database of another program or version is not touched`(
    offset: Int, finding: String
  ) throws {
    try withStore { path in
      try fill(path, count: 3)
      var bytes = try Files.readStored(path)
      bytes[offset + 3] ^= 0x40
      try Files.writeAtomically(bytes, to: path)
      let error = #expect(throws: AnswerStoreError.self) { try AnswerStore(path) }
      #expect(error?.problem.contains(finding) == true)
      #expect(try Files.readStored(path) == bytes)
    }
  }

  @Test func `a byte that changed costs answers or is an error, and never gives a wrong answer`()
    throws
  {
    try withStore { path in
      try fill(path, count: 100)
      let bytes = try Files.readStored(path)
      var errors = 0
      for position in stride(from: 100, to: bytes.count, by: 61) {
        var changed = bytes
        changed[position] ^= 0x11
        let copy = "\(path).\(position)"
        try Files.writeAtomically(changed, to: copy)
        do {
          let answers = try answers(copy)
          for index in 0..<100 {
            let found = try answers.answer(to: "question \(index)")
            #expect(found == nil || found == [Float(index), 1])
          }
        } catch is AnswerStoreError {
          errors += 1
        }
      }
      #expect(errors > 0)
    }
  }

  @Test func `a store that was cut is an error`() throws {
    try withStore { path in
      try fill(path, count: 500)
      let bytes = try Files.readStored(path)
      try Files.writeAtomically(Array(bytes[..<(bytes.count / 2)]), to: path)
      #expect(throws: AnswerStoreError.self) {
        let answers = try answers(path)
        for index in 0..<500 { _ = try answers.answer(to: "question \(index)") }
      }
    }
  }

  @Test func `a log without its database is not taken for that of a new one`() throws {
    try withStore { path in
      let open = try answers(path)
      try open.keep([1], of: "question")
      try FileManager.default.moveItem(atPath: path, toPath: "\(path).away")
      #expect(throws: AnswerStoreError.self) { try AnswerStore(path) }
      #expect(!Files.exists(path))
    }
  }

  // MARK: Inventory

  @Test func `models are told apart, and pruning drops what it is asked to`() throws {
    try withStore { path in
      try fill(path, count: 5)
      try answers(path, of: "other").keep([1, 2, 3], of: "question")
      let store = try AnswerStore(path)
      let shelves = try store.shelves()
      #expect(shelves.map(\.identity) == ["model", "other"])
      #expect(shelves.map(\.answers) == [5, 1] && shelves.map(\.bytes) == [40, 12])
      #expect(shelves.allSatisfy { $0.oldest == 0 && $0.unused == 0 })
      #expect(try store.prune(unusedFor: 1, model: nil, isRehearsal: false) == 0)
      #expect(try store.prune(unusedFor: nil, model: "mod", isRehearsal: true) == 5)
      #expect(try store.prune(unusedFor: nil, model: "mod", isRehearsal: false) == 5)
      #expect(try store.shelves().map(\.name) == ["other"])
      #expect(try store.prune(unusedFor: 0, model: nil, isRehearsal: false) == 1)
      #expect(try store.shelves().isEmpty)
    }
  }

  @Test func `an answer that is of use counts as used from then on`() throws {
    try withStore { path in
      let old = try AnswerStore(path) { 100 }.answers(ofModel: "model", named: "model")
      for index in 0..<2 { try old.keep([Float(index), 1], of: "question \(index)") }
      let store = try AnswerStore(path) { 140 }
      #expect(try store.shelves().map(\.unused) == [40])
      #expect(
        try store.answers(ofModel: "model", named: "model").answer(to: "question 1") == [1, 1])
      #expect(try store.prune(unusedFor: 30, model: nil, isRehearsal: false) == 1)
      #expect(try store.shelves().map(\.answers) == [1])
      #expect(try store.shelves().map(\.oldest) == [40])
    }
  }
}
