internal import Foundations
internal import Glibc
internal import Synchronization

/// Answers of a language model, appended to a file as they arrive, so that a kill loses none.
///
/// The file is a sequence of records, little-endian: bytes of the key (UInt32), count of numbers
/// (UInt32), the key in UTF-8, the numbers (Float32), and FNV-1a of all that (UInt64). On opening,
/// whatever follows the last sound record is cut off.
///
/// Appending survives a kill of the process as soon as it returns, and a loss of power a second later.
public final class AnswerJournal: Sendable {
  /// Seconds between two syncs of the file.
  private static let syncInterval = 1.0

  private struct State {
    var answers: [String: [Float]]
    var file: Int32?
    var lastSync: Double
  }

  /// Bytes of a torn record that were cut off on opening.
  public let cutBytes: Int
  private let path: String?
  private let state: Mutex<State>

  /// Opens or makes a journal; without a path it lives in memory.
  ///
  /// Throws `FileError`.
  package init(path: String?) throws {
    self.path = path
    var answers: [String: [Float]] = [:]
    var file: Int32?
    var cut = 0
    if let path {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw Self.failure(path) }
      do {
        let bytes = try Files.readStored(path)
        let end = Self.load(bytes, into: &answers)
        cut = bytes.count - end
        guard ftruncate(descriptor, end) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else {
          throw Self.failure(path)
        }
      } catch {
        close(descriptor)
        throw error
      }
      file = descriptor
    }
    cutBytes = cut
    state = Mutex(State(answers: answers, file: file, lastSync: monotonicSeconds()))
  }

  deinit {
    state.withLock { state in
      guard let file = state.file else { return }
      fsync(file)
      close(file)
    }
  }

  /// How many keys have an answer.
  public var count: Int { state.withLock { $0.answers.count } }

  /// The answer under a key.
  public subscript(key: String) -> [Float]? { state.withLock { $0.answers[key] } }

  /// Stores the answer under a key; the newest counts.
  ///
  /// Throws `FileError`.
  public func append(_ key: String, _ values: [Float]) throws {
    let record = Self.record(key, values)
    try state.withLock { state in
      state.answers[key] = values
      guard let file = state.file, let path else { return }
      try record.withUnsafeBytes { try Files.writeAll($0, to: file, path: path) }
      let now = monotonicSeconds()
      if now - state.lastSync >= Self.syncInterval {
        guard fsync(file) == 0 else { throw Self.failure(path) }
        state.lastSync = now
      }
    }
  }

  private static func record(_ key: String, _ values: [Float]) -> [UInt8] {
    let key = Array(key.utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + key.count + 4 * values.count + 8)
    append(UInt32(key.count), to: &bytes)
    append(UInt32(values.count), to: &bytes)
    bytes += key
    for value in values { append(value.bitPattern, to: &bytes) }
    append(checksum(bytes[...]), to: &bytes)
    return bytes
  }

  private static func append<Word: FixedWidthInteger>(_ word: Word, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Reads sound records; returns where the last one ends.
  private static func load(_ bytes: [UInt8], into answers: inout [String: [Float]]) -> Int {
    bytes.withUnsafeBytes { raw in
      func word<Word: FixedWidthInteger>(_ at: Int, _ type: Word.Type) -> Word {
        Word(littleEndian: raw.loadUnaligned(fromByteOffset: at, as: type))
      }
      var start = 0
      while start + 16 <= bytes.count {
        let keyStart = start + 8
        let valuesStart = keyStart + Int(word(start, UInt32.self))
        let count = Int(word(start + 4, UInt32.self))
        let end = valuesStart + 4 * count
        guard end + 8 <= bytes.count,
          word(end, UInt64.self) == checksum(bytes[start..<end])
        else { break }
        let key = String(decoding: bytes[keyStart..<valuesStart], as: UTF8.self)
        answers[key] = (0..<count).map {
          Float(bitPattern: word(valuesStart + 4 * $0, UInt32.self))
        }
        start = end + 8
      }
      return start
    }
  }

  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  private static func failure(_ path: String) -> FileError {
    FileError(path: path, operation: "write", code: errno)
  }
}
