import Foundations
import Synchronization
import Tensors
import Testing

@Suite("Workers")
struct WorkersTests {
  private struct Refused: Error, Equatable {
    let piece: Int
  }

  @Test("every piece is computed once and taken in order", arguments: [0, 1, 2, 97])
  func order(count: Int) {
    let computed = Mutex<[Int]>([])
    var taken: [Int] = []
    Workers.run(count) { piece in
      computed.withLock { $0.append(piece) }
      return 3 * piece
    } take: { piece, result in
      #expect(result == 3 * piece)
      taken.append(piece)
    }
    #expect(taken == Array(0..<count))
    #expect(computed.withLock { $0.sorted() } == taken)
  }

  @Test("several threads compute at once, and none runs ahead of the results for ever")
  func severalThreads() async {
    await #expect(processExitsWith: .success) {
      BLAS.setThreads(2)
      // Each of the first two pieces waits until the other has begun.
      let begun = Atomic<Int>(0)
      let taken = Atomic<Int>(0)
      Workers.run(50) { piece in
        begun.add(1, ordering: .sequentiallyConsistent)
        while begun.load(ordering: .sequentiallyConsistent) < 2 {}
        precondition(piece - taken.load(ordering: .sequentiallyConsistent) <= 4, "far ahead")
        precondition(BLAS.threads == 1, "products of several threads")
      } take: { _, _ in
        taken.add(1, ordering: .sequentiallyConsistent)
      }
      precondition(BLAS.threads == 2 && taken.load(ordering: .sequentiallyConsistent) == 50)
    }
  }

  @Test("after a failure nothing is taken, and the failure comes out")
  func failure() async {
    await #expect(processExitsWith: .success) {
      for threads in [1, 2] {
        BLAS.setThreads(threads)
        let computed = Atomic<Int>(0)
        var taken = 0
        do throws(Refused) {
          try Workers.run(1000) { _ in
            computed.add(1, ordering: .sequentiallyConsistent)
          } take: { piece, _ throws(Refused) in
            if piece == 5 { throw Refused(piece: piece) }
            taken += 1
          }
          preconditionFailure("no failure")
        } catch {
          precondition(error == Refused(piece: 5) && taken == 5)
          precondition(computed.load(ordering: .sequentiallyConsistent) < 20)
        }
      }
    }
  }
}
