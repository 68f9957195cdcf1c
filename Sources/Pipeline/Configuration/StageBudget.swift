/// What a stage may use, and how patient a run is with it; nil stands for no limit.
///
/// None of it is part of the cache key.
public struct StageBudget: Sendable, Equatable {
  /// A limit as the file has it.
  public struct Limit: Sendable, Equatable {
    /// Bytes or seconds.
    public var value: Double
    /// As it is written, such as `4GiB`.
    public var text: String
    /// The path of keys, such as `stages.tune-llm.resources.memory`.
    public var setting: String
    /// `FILE:LINE:COLUMN`.
    public var place: String

    /// What is said of a stage beyond it.
    func breach(_ finding: String) -> String {
      "\(finding), over its budget of \(text); raise or drop \(setting) (\(place))"
    }
  }

  /// In the place of the run's `--threads`.
  public var threads: Int?
  /// Bytes that the stage and all that it starts may hold.
  public var memory: Limit?
  /// Seconds that one attempt may run.
  public var time: Limit?
  /// Seconds without a line of output after which an attempt counts as stuck.
  public var timeout: Limit?
  /// How many more attempts follow a failed one.
  public var retries = 0

  public init() {}
}
