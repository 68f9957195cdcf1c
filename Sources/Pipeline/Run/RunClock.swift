public import Foundation
import Foundations

/// Time as a run sees it; the tests have one that never waits.
public protocol RunClock: Sendable {
  /// The time of day, for people and records.
  var date: Date { get }
  /// Seconds from some moment; unlike the time of day they only grow.
  var seconds: Double { get }
  /// Waits until the bell rings, at most some seconds; nil waits for the bell alone.
  func wait(for bell: Doorbell, atMost seconds: Double?)
}

/// The machine's own time.
public struct SystemClock: RunClock {
  public init() {}
  public var date: Date { Date() }
  public var seconds: Double { monotonicSeconds() }
  public func wait(for bell: Doorbell, atMost seconds: Double?) { bell.wait(atMost: seconds) }
}
