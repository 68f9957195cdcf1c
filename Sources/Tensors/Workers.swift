internal import Foundation

/// Computes independent pieces of work on several threads, each with matrix products of one thread.
///
/// There are as many as `BLAS.threads`. A piece is computed by one of them alone, and the results are taken in the
/// order of the pieces, so that the number of threads changes no bit.
public enum Workers {
  /// Computes pieces and hands over their results.
  ///
  /// - Parameters:
  ///   - count: How many pieces.
  ///   - compute: Computes one of them; called by several threads at once.
  ///   - take: Gets each result in the order of the pieces, one at a time, while others are computed. After it
  ///     threw no further piece is begun.
  /// - Throws: What `take` throws.
  public static func run<Result: Sendable, Failure: Error>(
    _ count: Int, compute: @Sendable (_ piece: Int) -> Result,
    take: (_ piece: Int, _ result: Result) throws(Failure) -> Void
  ) throws(Failure) {
    let workers = max(1, min(BLAS.threads, count))
    let outcome = BLAS.withOneThread { () -> Swift.Result<Void, Failure> in
      guard workers > 1 else {
        return Swift.Result { () throws(Failure) in
          for piece in 0..<count { try take(piece, compute(piece)) }
        }
      }
      return withoutActuallyEscaping(take) { take in
        let queue = Queue(count: count, ahead: 2 * workers, take: take)
        DispatchQueue.concurrentPerform(iterations: workers) { _ in
          while let piece = queue.next() { queue.finish(piece, with: compute(piece)) }
        }
        return queue.outcome
      }
    }
    try outcome.get()
  }

  /// Hands out pieces and gives their results on in order.
  // Everything that changes is touched with the lock held.
  private final class Queue<Result, Failure: Error>: @unchecked Sendable {
    private let lock = NSCondition()
    private let count: Int
    /// Pieces that may be begun before the next one in order is taken: their results take memory.
    private let ahead: Int
    private let take: (Int, Result) throws(Failure) -> Void
    private var begun = 0
    private var taken = 0
    private var waiting: [Int: Result] = [:]
    private(set) var outcome = Swift.Result<Void, Failure>.success(())

    init(count: Int, ahead: Int, take: @escaping (Int, Result) throws(Failure) -> Void) {
      self.count = count
      self.ahead = ahead
      self.take = take
    }

    private var hasFailed: Bool { if case .failure = outcome { true } else { false } }

    /// A piece to compute; nil when there is none left.
    func next() -> Int? {
      lock.lock()
      defer { lock.unlock() }
      while begun < count, begun - taken >= ahead, !hasFailed { lock.wait() }
      guard begun < count, !hasFailed else { return nil }
      begun += 1
      return begun - 1
    }

    func finish(_ piece: Int, with result: Result) {
      lock.lock()
      defer { lock.unlock() }
      waiting[piece] = result
      while !hasFailed, let result = waiting.removeValue(forKey: taken) {
        do throws(Failure) {
          try take(taken, result)
          taken += 1
        } catch {
          outcome = .failure(error)
        }
      }
      lock.broadcast()
    }
  }
}
