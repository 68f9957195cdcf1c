/// What a reader saw: records, bad lines and what was left out, file by file.
public struct ReadReport: Sendable, Equatable, CustomStringConvertible {
  /// Records left out on purpose, and why.
  public struct LeftOut: Sendable, Equatable {
    public var reason: String
    public var count: Int
  }

  /// One file.
  public struct File: Sendable, Equatable {
    /// `interactions`, `items` or `users`.
    public var role: String
    public var path: String
    /// Records seen, without the header.
    public var records = 0
    /// Records that could not be used.
    public var badLines = 0
    /// The first five bad ones as `file:line: reason`.
    public var examples: [String] = []
    public var leftOut: [LeftOut] = []
  }

  public var files: [File] = []
  /// What was filtered after reading, in words.
  public var notes: [String] = []

  /// The report of the file of that role, if one was read.
  public func file(_ role: String) -> File? { files.first { $0.role == role } }

  public var description: String {
    var lines: [String] = []
    for file in files {
      lines.append("\(file.role): \(file.records) records, \(file.badLines) bad (\(file.path))")
      lines += file.leftOut.map { "  left out: \($0.count), \($0.reason)" }
      lines += file.examples.map { "  \($0)" }
    }
    return (lines + notes).joined(separator: "\n")
  }
}

extension ReadReport.File {
  mutating func reject(line: Int, _ reason: String) {
    badLines += 1
    if examples.count < 5 { examples.append("\(path):\(line): \(reason)") }
  }

  mutating func leaveOut(_ reason: String) {
    if let index = leftOut.firstIndex(where: { $0.reason == reason }) {
      leftOut[index].count += 1
    } else {
      leftOut.append(ReadReport.LeftOut(reason: reason, count: 1))
    }
  }
}
