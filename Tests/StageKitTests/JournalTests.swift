import Artifacts
import Foundation
import Foundations
import StageKit
import StageProtocol
import Testing

@Suite("The journal of answers")
struct JournalTests {
  private static let answers: [(key: String, values: [Float])] = [
    ("first", [0.5, -0.0, .infinity]), ("größer", []), ("third", [Float(bitPattern: 0x7FC0_1234)]),
  ]

  private func write(_ path: String) throws -> [Int] {
    try Self.answers.map { key, values in
      try AnswerJournal(path: path).append(key, values)
      return try Files.readStored(path).count
    }
  }

  private func expect(_ journal: AnswerJournal, holdsTheFirst count: Int) {
    #expect(journal.count == count)
    for (index, answer) in Self.answers.enumerated() {
      let expected = index < count ? answer.values.map(\.bitPattern) : nil
      #expect(journal[answer.key]?.map(\.bitPattern) == expected)
    }
  }

  @Test("an answer is found at once and after opening again, bit for bit")
  func roundTrip() async throws {
    try await withFolder { folder in
      let path = "\(folder)/scores.journal"
      let journal = try AnswerJournal(path: path)
      for answer in Self.answers { try journal.append(answer.key, answer.values) }
      expect(journal, holdsTheFirst: 3)
      // Opened while the first is still open: appending alone puts the answers into the file.
      expect(try AnswerJournal(path: path), holdsTheFirst: 3)
      #expect(journal["fourth"] == nil)
      #expect(journal.cutBytes == 0)
    }
  }

  @Test("a file cut at any byte keeps every whole answer, and goes on")
  func torn() async throws {
    try await withFolder { folder in
      let ends = try write("\(folder)/whole")
      let bytes = try Files.readStored("\(folder)/whole")
      for length in 0...bytes.count {
        let path = "\(folder)/torn"
        try Files.writeAtomically(Array(bytes[..<length]), to: path)
        let whole = ends.count { $0 <= length }
        let journal = try AnswerJournal(path: path)
        expect(journal, holdsTheFirst: whole)
        #expect(journal.cutBytes == length - (whole == 0 ? 0 : ends[whole - 1]))
        for answer in Self.answers[whole...] { try journal.append(answer.key, answer.values) }
        #expect(try Files.readStored(path) == bytes)
      }
    }
  }

  @Test("a changed byte costs its answer and those behind it, never a wrong answer")
  func damaged() async throws {
    try await withFolder { folder in
      let ends = try write("\(folder)/whole")
      let bytes = try Files.readStored("\(folder)/whole")
      for position in bytes.indices {
        var changed = bytes
        changed[position] ^= 0x10
        try Files.writeAtomically(changed, to: "\(folder)/changed")
        expect(
          try AnswerJournal(path: "\(folder)/changed"), holdsTheFirst: ends.count { $0 <= position }
        )
      }
    }
  }

  @Test("the newest answer to a key counts")
  func newest() async throws {
    try await withFolder { folder in
      let journal = try AnswerJournal(path: "\(folder)/scores.journal")
      try journal.append("key", [1])
      try journal.append("key", [2])
      #expect(try AnswerJournal(path: "\(folder)/scores.journal")["key"] == [2])
    }
  }

  @Test("a stage without a scratch folder keeps answers in memory")
  func memory() async throws {
    try await withFolder { folder in
      let outcome = try await launch(in: folder) { context in
        let journal = try context.answerJournal("scores")
        try journal.append("key", [1])
        #expect(journal["key"] == [1])
        try writeOutputs(context)
      }
      #expect(outcome.code == .done)
    }
  }

  @Test("a stage tells of a torn journal and goes on with the whole answers")
  func warning() async throws {
    try await withFolder { folder in
      try FileManager.default.createDirectory(
        atPath: "\(folder)/scratch", withIntermediateDirectories: false)
      let path = "\(folder)/scratch/scores.journal"
      _ = try write(path)
      try Files.writeAtomically(Array(try Files.readStored(path).dropLast()), to: path)
      let outcome = try await launch(in: folder, ["--scratch", "\(folder)/scratch"]) { context in
        expect(try context.answerJournal("scores"), holdsTheFirst: 2)
        try writeOutputs(context)
      }
      #expect(
        outcome.out == "warning: journal scores: the last 24 bytes are torn, going on with "
          + "2 answers\n")
    }
  }
}
