import Foundations
import Tensors
import TestSupport
import Testing

@Suite("Matrices")
struct MatrixTests {
  private func random(_ rows: Int, _ columns: Int, seed: UInt64 = 1) -> Matrix {
    var random = SeededRandom(seed: seed)
    return .normal(rows: rows, columns: columns, deviation: 1, using: &random)
  }

  @Test(
    "the inverse of a positive definite matrix times it is the identity", arguments: [1, 2, 7, 40])
  func inverse(size: Int) throws {
    var matrix = random(size + 5, size).gram()
    for i in 0..<size { matrix[i, i] += 1 }
    let inverse = try #require(BLAS.inverse(symmetric: matrix))
    let product = matrix.multiplied(by: inverse)
    let identity = (0..<size * size).map { $0 / size == $0 % size ? 1.0 : 0 }
    // Condition numbers below 300 times rounding of 6e-8.
    expectClose(product.values, identity, tolerance: 1e-4)
    for i in 0..<size { for j in 0..<i { #expect(inverse[i, j] == inverse[j, i]) } }
  }

  @Test("a matrix that is not positive definite has no inverse here")
  func noInverse() {
    #expect(BLAS.inverse(symmetric: Matrix(rows: 2, columns: 2, values: [1, 2, 2, 1])) == nil)
    #expect(BLAS.inverse(symmetric: Matrix(rows: 2, columns: 2)) == nil)
  }

  @Test("the Gram matrix is Aᵀ A")
  func gram() {
    let a = random(5, 3)
    let expected = (0..<9).map { index in
      (0..<5).reduce(0.0) { $0 + Double(a[$1, index / 3]) * Double(a[$1, index % 3]) }
    }
    expectClose(a.gram().values, expected, tolerance: 2e-6)
    #expect(Matrix(rows: 0, columns: 2).gram() == Matrix(rows: 2, columns: 2))
  }

  @Test("the product is A B or A Bᵀ")
  func product() {
    let (a, b) = (random(2, 5), random(5, 3, seed: 2))
    let expected = (0..<6).map { index in
      (0..<5).reduce(0.0) { $0 + Double(a[index / 3, $1]) * Double(b[$1, index % 3]) }
    }
    expectClose(a.multiplied(by: b).values, expected, tolerance: 2e-6)
    let transposed = Matrix(
      rows: 3, columns: 5, values: (0..<15).map { b[$0 % 5, $0 / 5] })
    expectClose(a.multiplied(by: transposed, transposed: true).values, expected, tolerance: 2e-6)
  }

  @Test("a product over no columns is zero")
  func emptyProduct() {
    let product = Matrix(rows: 2, columns: 0).multiplied(by: Matrix(rows: 0, columns: 3))
    #expect(product == Matrix(rows: 2, columns: 3))
  }

  @Test("gathering takes rows in the order asked for")
  func gathering() {
    let matrix = Matrix(rows: 3, columns: 2, values: [1, 2, 3, 4, 5, 6])
    let gathered = matrix.gathering(rows: [2, 0, 2])
    #expect(gathered == Matrix(rows: 3, columns: 2, values: [5, 6, 1, 2, 5, 6]))
    #expect(matrix[row: 1] == [3, 4])
    #expect(matrix.rows(1..<3) == Matrix(rows: 2, columns: 2, values: [3, 4, 5, 6]))
  }

  @Test("gathering a row that does not exist is a trap")
  func gatheringOutside() async {
    await #expect(processExitsWith: .failure) {
      _ = Matrix(rows: 3, columns: 2).gathering(rows: [3])
    }
  }

  @Test("a matrix with one NaN or infinity is not finite")
  func finite() {
    var matrix = Matrix(rows: 2, columns: 2)
    #expect(matrix.isFinite)
    for value: Float in [.nan, .infinity, -.infinity] {
      matrix[1, 0] = value
      #expect(!matrix.isFinite)
    }
  }

  @Test("random matrices have the spread that they promise")
  func spread() {
    var random = SeededRandom(seed: 3)
    let uniform = Matrix.xavierUniform(rows: 100, columns: 50, using: &random).values
    // √(6 / 150) = 0.2; the largest of 5,000 draws is within a hundredth of it.
    #expect(uniform.allSatisfy { abs($0) <= 0.2 })
    #expect((uniform.max() ?? 0) > 0.198 && (uniform.min() ?? 0) < -0.198)
    let normal = Matrix.normal(rows: 100, columns: 100, deviation: 0.02, using: &random).values
    let square = normal.reduce(0) { $0 + $1 * $1 } / 10_000
    // The deviation's estimate from 10,000 draws is itself within 0.7 %; four of those are 3 %.
    #expect(abs(square.squareRoot() / 0.02 - 1) < 0.03)
    #expect(abs(normal.reduce(0, +) / 10_000) < 0.0008)
  }

  private let sparse = SparseMatrix(
    columnCount: 4, offsets: [0, 2, 2, 5], columns: [3, 0, 1, 3, 0],
    values: [1, 2, 3, 4, 5])

  @Test("transposing a sparse matrix exchanges rows and columns, twice restores it")
  func transposed() {
    let transposed = sparse.transposed()
    #expect(transposed.rowCount == 4 && transposed.columnCount == 3)
    #expect(transposed.offsets == [0, 2, 3, 3, 5])
    #expect(transposed.columns == [0, 2, 2, 0, 2])
    #expect(transposed.values == [2, 5, 3, 1, 4])
    let twice = transposed.transposed()
    // Within a row the columns come back in ascending order.
    #expect(twice.columns == [0, 3, 0, 1, 3])
    #expect(twice.values == [2, 1, 5, 3, 4])
  }

  @Test("a sparse matrix without entries stays one")
  func emptySparse() {
    let empty = SparseMatrix(columnCount: 2, offsets: [0, 0, 0, 0], columns: [], values: [])
    #expect(empty.transposed().offsets == [0, 0, 0])
    #expect(empty.transposed().columnCount == 3)
  }

  @Test("segments know their rows and positions")
  func segments() {
    let segments = Segments(lengths: [2, 0, 3])
    #expect(segments.offsets == [0, 2, 2, 5])
    #expect(segments.count == 3 && segments.rows == 5)
    #expect(segments.positions == [0, 1, 0, 1, 2])
  }
}
