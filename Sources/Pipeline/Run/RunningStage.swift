import Foundations

/// A stage that runs, or that waits to be tried again, and the moments at which something is due.
///
/// Moments are the clock's seconds. Nothing here touches a job or a clock.
struct RunningStage {
  /// Why the run itself ends an attempt.
  struct Breach: Equatable {
    var message: String
    /// Whether another attempt would end in the same way.
    var isFinal: Bool
  }

  let run: StageRun
  let budget: StageBudget
  /// Nil where it could not be started and between two attempts.
  var job: JobID?
  /// When the attempt began to run; until then it waits for the executor.
  var startMoment: Double?
  /// When it last said something.
  var lastSign: Double?
  /// When it is killed, once it was asked to end.
  var killMoment: Double?
  /// When it is tried again.
  var retryMoment: Double?
  var breach: Breach?
  /// How many attempts failed.
  var failedAttempts = 0

  /// The seconds to wait before another attempt: what was in the way may pass.
  private static func pause(after failedAttempts: Int) -> Double {
    Double(min(60, 1 << min(failedAttempts, 6)))
  }

  /// The next moment at which something is due.
  var nextMoment: Double? {
    let limits = breach == nil && killMoment == nil ? [timeEnd, silenceEnd] : []
    return ([killMoment, retryMoment] + limits).compactMap { $0 }.min()
  }

  private var timeEnd: Double? {
    budget.time.flatMap { limit in startMoment.map { $0 + limit.value } }
  }

  private var silenceEnd: Double? {
    budget.timeout.flatMap { limit in lastSign.map { $0 + limit.value } }
  }

  /// What budget of time is used up at a moment, if one is.
  func breach(at now: Double) -> Breach? {
    guard breach == nil, killMoment == nil else { return nil }
    if let limit = budget.time, let start = startMoment, let end = timeEnd, end <= now {
      let finding = "has run \(Format.duration(now - start))"
      return Breach(message: limit.breach(finding), isFinal: false)
    }
    if let limit = budget.timeout, let sign = lastSign, let end = silenceEnd, end <= now {
      let finding = "has said nothing for \(Format.duration(now - sign))"
      return Breach(message: limit.breach(finding), isFinal: false)
    }
    return nil
  }

  /// Whether so much memory is more than it may hold.
  func breach(holding bytes: Int) -> Breach? {
    guard breach == nil, killMoment == nil, let limit = budget.memory,
      Double(bytes) > limit.value
    else { return nil }
    let finding = "holds \(Format.bytes(bytes)) of memory"
    return Breach(message: limit.breach(finding), isFinal: true)
  }

  /// Puts the stage between two attempts.
  ///
  /// - Parameter now: The moment.
  /// - Returns: The seconds until the next attempt, or nil where none is left.
  mutating func retry(at now: Double) -> Double? {
    guard failedAttempts < budget.retries else { return nil }
    failedAttempts += 1
    let pause = Self.pause(after: failedAttempts)
    (job, startMoment, lastSign, killMoment, breach) = (nil, nil, nil, nil, nil)
    retryMoment = now + pause
    return pause
  }
}
