internal import Foundation
internal import GRDB

extension AnswerStore {
  /// How many answers of one model there are, and how old they are.
  public struct Shelf: Sendable, Equatable {
    public var identity: String
    public var name: String
    public var answers: Int
    /// Of the answers' numbers, without what the database needs around them.
    public var bytes: Int
    /// Days since the oldest answer was asked for.
    public var oldest: Int
    /// Days since an answer was last of use.
    public var unused: Int
  }

  /// Every model with answers, the one with the most of them first.
  ///
  /// - Returns: A shelf a model.
  /// - Throws: `AnswerStoreError` or `FileError`.
  public func shelves() throws -> [Shelf] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT identity, name, count(question) AS answers, sum(length(numbers)) AS bytes,
            min(asked) AS oldest, max(used) AS used
          FROM models JOIN answers ON model = id GROUP BY id ORDER BY answers DESC, identity
          """
      ).compactMap(shelf)
    }
  }

  /// A row of the inventory; nil where the database holds something else than it was given.
  private func shelf(_ row: Row) -> Shelf? {
    guard let identity = String.fromDatabaseValue(row["identity"]),
      let name = String.fromDatabaseValue(row["name"]),
      let answers = Int.fromDatabaseValue(row["answers"]),
      let bytes = Int.fromDatabaseValue(row["bytes"]),
      let oldest = Int.fromDatabaseValue(row["oldest"]),
      let used = Int.fromDatabaseValue(row["used"])
    else { return nil }
    return Shelf(
      identity: identity, name: name, answers: answers, bytes: bytes,
      oldest: today() - oldest, unused: today() - used)
  }

  /// How large the database is, in bytes.
  ///
  /// Throws `AnswerStoreError` or `FileError`.
  public func size() throws -> Int {
    try read { database in
      let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
      return try pages * (Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0)
    }
  }

  /// Reads the whole database and looks for damage.
  ///
  /// - Returns: What SQLite finds wrong, first things first; nothing for a sound one.
  /// - Throws: `AnswerStoreError` or `FileError`.
  public func damages() throws -> [String] {
    try read { database in
      try String.fetchAll(database, sql: "PRAGMA quick_check").filter { $0 != "ok" }
    }
  }

  /// Drops answers.
  ///
  /// - Parameters:
  ///   - days: Those that were of no use for this many days; nil for any age.
  ///   - model: Those of models with this name, or whose identity begins so; nil for all.
  ///   - isRehearsal: Whether to count only.
  /// - Returns: How many.
  /// - Throws: `AnswerStoreError` or `FileError`.
  public func prune(unusedFor days: Int?, model: String?, isRehearsal: Bool) throws -> Int {
    let condition = """
      used <= :latest AND model IN (
        SELECT id FROM models WHERE :model IS NULL OR name = :model
          OR substr(identity, 1, length(:model)) = :model)
      """
    let arguments: StatementArguments = [
      "latest": days.map { today() - $0 } ?? Int.max, "model": model,
    ]
    if isRehearsal {
      return try read { database in
        try Int.fetchOne(
          database, sql: "SELECT count(*) FROM answers WHERE \(condition)", arguments: arguments)
          ?? 0
      }
    }
    let count = try write { database in
      // A model's own row stays: a stage that runs may be about to keep its first answer.
      try database.execute(sql: "DELETE FROM answers WHERE \(condition)", arguments: arguments)
      return database.changesCount
    }
    if count > 0 { try shrink() }
    return count
  }
}
