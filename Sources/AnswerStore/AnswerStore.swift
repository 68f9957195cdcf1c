internal import Foundation
internal import Foundations
internal import GRDB

/// Answers of language models in a SQLite database that outlives the stage that asked, its code and its run.
///
/// Each answer is written as it comes, under the identity of its model and a digest of the whole question. A kill
/// loses none of those that were written, a loss of power at most the last of them. Several processes may
/// write at once: the database has a write-ahead log, and who finds it locked waits.
///
/// An answer that does not have its checksum is none; a database that is damaged, or another program's, is refused
/// before anything is written to it.
public final class AnswerStore: Sendable {
  /// The database's file.
  public let path: String
  /// Days since 1970, in which the store counts time.
  let today: @Sendable () -> Int
  private let database: DatabaseQueue

  /// Seconds that a process waits for another one's lock.
  private static let patience = 60.0

  /// Opens a store, and makes it where there is none.
  ///
  /// - Parameter path: The file; its folder is made where missing.
  /// - Throws: `AnswerStoreError` for a file that is no sound store, `FileError` where it cannot be opened.
  public convenience init(_ path: String) throws {
    try self.init(path) { Int(Date().timeIntervalSince1970 / 86_400) }
  }

  /// As `init(_:)`, with a calendar of its own.
  package convenience init(_ path: String, today: @escaping @Sendable () -> Int) throws {
    // SQLite would take a log without its database for one of the database made here.
    if Files.exists("\(path)-wal"), !Files.exists(path) { throw AnswerStoreError.logAlone(path) }
    if !Files.exists(path) { try Self.make(path) }
    try self.init(existing: path, today: today)
  }

  private init(existing path: String, today: @escaping @Sendable () -> Int) throws {
    self.path = path
    self.today = today
    try DatabaseHeader(path).check(path)
    database = try explaining(path) {
      try DatabaseQueue(path: path, configuration: Self.configuration)
    }
  }

  private static var configuration: GRDB.Configuration {
    var configuration = GRDB.Configuration()
    configuration.journalMode = .wal
    configuration.busyMode = .timeout(patience)
    return configuration
  }

  /// Makes an empty store under another name first, so that nobody sees half of one.
  private static func make(_ path: String) throws {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    try Files.makeFolder(folder)
    let new = "\(path).\(UUID().uuidString).tmp"
    try explaining(new) {
      let database = try DatabaseQueue(path: new, configuration: configuration)
      try database.write { try $0.execute(sql: Self.schema) }
      // Closing moves the log into the file.
      try database.close()
    }
    defer { unlink(new) }
    guard link(new, path) == 0 || errno == EEXIST else {
      throw FileError(path: path, operation: "write", code: errno)
    }
  }

  private static let schema = """
    PRAGMA application_id = \(DatabaseHeader.application);
    PRAGMA user_version = \(DatabaseHeader.version);
    CREATE TABLE models (
      id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, name TEXT NOT NULL);
    CREATE TABLE answers (
      model INTEGER NOT NULL REFERENCES models, question TEXT NOT NULL,
      numbers BLOB NOT NULL, checksum INTEGER NOT NULL, asked INTEGER NOT NULL, used INTEGER NOT NULL,
      PRIMARY KEY (model, question)) WITHOUT ROWID;
    """

  // MARK: Answers

  /// The answers of one model.
  ///
  /// - Parameters:
  ///   - identity: Names the model, its weights and the way in which it is asked.
  ///   - name: What people call it.
  /// - Returns: What to ask and to tell.
  /// - Throws: As all that is asked of a store: `AnswerStoreError` or `FileError`.
  public func answers(ofModel identity: String, named name: String) throws -> ModelAnswers {
    let id = try write { database in
      try database.execute(
        sql: """
          INSERT INTO models (identity, name) VALUES (?, ?)
          ON CONFLICT (identity) DO UPDATE SET name = excluded.name
          """, arguments: [identity, name])
      return try Int64.fetchOne(
        database, sql: "SELECT id FROM models WHERE identity = ?", arguments: [identity])
    }
    guard let id else {
      throw AnswerStoreError.damaged(path, "a model that was written is not there")
    }
    return ModelAnswers(store: self, model: id)
  }

  /// Reads, in one state of the database.
  func read<Value>(_ work: (Database) throws -> Value) throws -> Value {
    try explaining(path) { try database.read(work) }
  }

  /// Writes, whole or not at all.
  func write<Value>(_ work: (Database) throws -> Value) throws -> Value {
    try explaining(path) { try database.write(work) }
  }

  /// Gives the room of dropped answers back to the file system.
  func shrink() throws {
    try explaining(path) { try database.vacuum() }
  }
}

/// Does something with a database and tells what goes wrong in terms of its file.
private func explaining<Value>(_ path: String, _ work: () throws -> Value) throws -> Value {
  do {
    return try work()
  } catch let error as DatabaseError {
    let message = error.message ?? "\(error.resultCode)"
    switch error.resultCode {
    case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT:
      throw AnswerStoreError.damaged(path, message)
    case .SQLITE_BUSY, .SQLITE_LOCKED: throw AnswerStoreError.locked(path)
    case .SQLITE_FULL: throw FileError(path: path, operation: "write", problem: .diskFull)
    default: throw AnswerStoreError.other(path, message)
    }
  }
}
