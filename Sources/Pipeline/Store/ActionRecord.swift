public import Foundation

/// What the store keeps about one finished stage: `artifacts/actions/KEY.json`.
public struct ActionRecord: Codable, Sendable, Equatable {
  public struct Output: Codable, Sendable, Equatable {
    public var name: String
    /// The file name of its readable link.
    public var file: String
    /// SHA-256 of its bytes; its object has this name.
    public var digest: String
    public var bytes: Int

    package init(name: String, file: String, digest: String, bytes: Int) {
      self.name = name
      self.file = file
      self.digest = digest
      self.bytes = bytes
    }
  }

  /// What the run cost; no part of the cache key.
  public struct Usage: Codable, Sendable, Equatable {
    public var seconds: Double
    public var cpuSeconds: Double
    /// The most memory the process held at once.
    public var peakBytes: Int
    public var threads: Int
    /// Host name and processor.
    public var machine: String
    public var started: Date
    public var ended: Date

    package init(
      seconds: Double, cpuSeconds: Double, peakBytes: Int, threads: Int, machine: String,
      started: Date, ended: Date
    ) {
      self.seconds = seconds
      self.cpuSeconds = cpuSeconds
      self.peakBytes = peakBytes
      self.threads = threads
      self.machine = machine
      self.started = started
      self.ended = ended
    }
  }

  public var key: String
  /// The instance's name, such as `train-backbone[mf,1]`.
  public var instance: String
  public var parts: [KeyPart]
  public var outputs: [Output]
  public var usage: Usage
  /// The key that it was computed under, where `accept` took it over from other code.
  public var acceptedFrom: String?

  package init(
    key: String, instance: String, parts: [KeyPart], outputs: [Output], usage: Usage
  ) {
    self.key = key
    self.instance = instance
    self.parts = parts
    self.outputs = outputs
    self.usage = usage
  }

  func output(_ name: String) -> Output? { outputs.first { $0.name == name } }
}
