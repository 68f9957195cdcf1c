internal import Foundation
internal import GRDB
internal import Synchronization

/// One model's answers in a store.
public final class ModelAnswers: Sendable {
  private let store: AnswerStore
  private let model: Int64
  /// Questions whose answers were of use today and do not say so yet.
  private let touched = Mutex<Set<String>>([])

  /// How many uses are noted at once.
  private static let touches = 512

  init(store: AnswerStore, model: Int64) {
    self.store = store
    self.model = model
  }

  deinit {
    // When an answer was last of use decides what is pruned, and nothing else.
    try? noteUses()
  }

  /// How many answers there are.
  ///
  /// Throws `AnswerStoreError` or `FileError`.
  public func count() throws -> Int {
    try store.read { database in
      try Int.fetchOne(
        database, sql: "SELECT count(*) FROM answers WHERE model = ?", arguments: [model]) ?? 0
    }
  }

  /// The answer to a question; nil where there is none, or none that has its checksum.
  ///
  /// - Parameter question: A digest of the whole question.
  /// - Returns: The numbers, bit for bit as they were kept.
  /// - Throws: `AnswerStoreError` or `FileError`.
  public func answer(to question: String) throws -> [Float]? {
    let row = try store.read { database in
      try Row.fetchOne(
        database.cachedStatement(
          sql: "SELECT numbers, checksum, used FROM answers WHERE model = ? AND question = ?"),
        arguments: [model, question])
    }
    guard let row, let bytes = Data.fromDatabaseValue(row["numbers"]),
      Int64.fromDatabaseValue(row["checksum"]) == Self.checksum(question, bytes)
    else { return nil }
    if Int.fromDatabaseValue(row["used"]) != store.today() {
      let count = touched.withLock {
        $0.insert(question)
        return $0.count
      }
      if count >= Self.touches { try noteUses() }
    }
    return Self.numbers(bytes)
  }

  /// Keeps an answer; the newest counts.
  ///
  /// - Parameters:
  ///   - numbers: The answer.
  ///   - question: A digest of the whole question.
  /// - Throws: `AnswerStoreError` or `FileError`.
  public func keep(_ numbers: [Float], of question: String) throws {
    let bytes = Self.bytes(numbers)
    try store.write { database in
      try database.cachedStatement(
        sql: """
          INSERT OR REPLACE INTO answers (model, question, numbers, checksum, asked, used)
          VALUES (?, ?, ?, ?, ?, ?)
          """
      ).execute(
        arguments: [
          model, question, bytes, Self.checksum(question, bytes), store.today(), store.today(),
        ])
    }
  }

  private func noteUses() throws {
    let questions = touched.withLock { questions in
      defer { questions = [] }
      return questions
    }
    guard !questions.isEmpty else { return }
    try store.write { database in
      let statement = try database.cachedStatement(
        sql: "UPDATE answers SET used = ? WHERE model = ? AND question = ?")
      for question in questions {
        try statement.execute(arguments: [store.today(), model, question])
      }
    }
  }

  // MARK: Bytes

  /// Little-endian.
  private static func bytes(_ numbers: [Float]) -> Data {
    Data(
      numbers.flatMap { number in
        withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) }
      })
  }

  private static func numbers(_ bytes: Data) -> [Float]? {
    guard bytes.count.isMultiple(of: 4) else { return nil }
    return bytes.withUnsafeBytes { raw in
      (0..<raw.count / 4).map {
        Float(
          bitPattern: UInt32(
            littleEndian: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
      }
    }
  }

  /// FNV-1a of question and numbers.
  private static func checksum(_ question: String, _ bytes: Data) -> Int64 {
    let hash = (Array(question.utf8) + bytes).reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return Int64(bitPattern: hash)
  }
}
