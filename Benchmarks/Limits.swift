import ArgumentParser
import Datasets
import Foundation
import Foundations
import Tensors

/// What the machine can do: the bounds that the rest is to be judged by.
struct Limits: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The machine: matrix product, memory copy, sparse times dense.")

  @Option(help: "Measurements.") var repetitions = 9

  func run() throws {
    var random = SeededRandom(seed: 1)
    let n = 1024
    let a = Matrix.normal(rows: n, columns: n, deviation: 1, using: &random)
    for threads in [1, 2] {
      BLAS.setThreads(threads)
      let flops = 2 * Double(n * n * n)
      report(
        "gemm.1024", unit: "GFLOP/s", threads: threads,
        rates(flops / 1e9) { _ = a.multiplied(by: a) })
    }
    BLAS.setThreads(1)
    for (name, bytes, times) in [("128MiB", 128 << 20, 1), ("1MiB", 1 << 20, 500)] {
      let from = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      let to = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      defer {
        from.deallocate()
        to.deallocate()
      }
      memset(from, 1, bytes)
      // Read and written.
      let moved = 2 * Double(bytes * times) / 1e9
      report(
        "copy.\(name)", unit: "GB/s",
        rates(moved) { for _ in 0..<times { memcpy(to, from, bytes) } })
    }
    timeSparse()
  }

  /// LightGCN's product: the normalised graph of a data set in the size of MovieLens 100K × 64.
  private func timeSparse() {
    let train = leaveOneOut(generateDemo(.movielens100kSized(scale: 1))).train
    let count = train.userCount + train.itemCount
    let byUser = SparseMatrix(
      columnCount: count,
      offsets: train.offsets + repeatElement(train.items.count, count: train.itemCount),
      columns: train.items.map { $0 + Int32(train.userCount) },
      values: [Float](repeating: 0.01, count: train.items.count))
    let byItem = byUser.transposed()
    let tape = Tape(recording: false)
    let dense = tape.constant(Matrix(rows: count, columns: 64, repeating: 1))
    let flops = 2 * 2 * Double(train.items.count) * 64
    let products = 20
    report(
      "sparse.\(2 * train.items.count)x64", unit: "GFLOP/s",
      rates(flops * Double(products) / 1e9) {
        for _ in 0..<products {
          _ = tape.multiply(byUser, transposed: byItem, dense)
          _ = tape.multiply(byItem, transposed: byUser, dense)
        }
      })
  }

  /// An amount a wall second, after a warm-up.
  private func rates(_ amount: Double, _ body: () -> Void) -> [Double] {
    body()
    return (0..<repetitions).map { _ in
      let start = wallSeconds()
      body()
      return amount / (wallSeconds() - start)
    }
  }
}
