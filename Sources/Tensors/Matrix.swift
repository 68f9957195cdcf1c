public import Foundations

/// A dense row-major matrix of `Float`.
///
/// Everything that is computed here is a matrix: a vector is one row or one column, a scalar is 1 × 1,
/// a batch of sequences is one row a token with the sequences behind one another (`Segments`).
public struct Matrix: Sendable, Equatable {
  public let rows: Int
  public let columns: Int
  /// `rows * columns` numbers, row after row.
  public var values: [Float]

  /// Wraps row-major numbers; traps unless there are `rows * columns` of them.
  public init(rows: Int, columns: Int, values: [Float]) {
    precondition(values.count == rows * columns, "matrix of \(rows) × \(columns)")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// A matrix with every element the same.
  public init(rows: Int, columns: Int, repeating value: Float = 0) {
    self.rows = rows
    self.columns = columns
    self.values = [Float](repeating: value, count: rows * columns)
  }

  /// A matrix whose numbers are written by a closure that must fill the whole buffer.
  @inlinable
  public init(
    rows: Int, columns: Int, filling fill: (UnsafeMutablePointer<Float>) throws -> Void
  ) rethrows {
    let count = rows * columns
    self.rows = rows
    self.columns = columns
    self.values = try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let base = buffer.baseAddress { try fill(base) }
      initialized = count
    }
  }

  /// Normally distributed numbers with mean 0.
  public static func normal(
    rows: Int, columns: Int, deviation: Float, using random: inout SeededRandom
  ) -> Matrix {
    Matrix(
      rows: rows, columns: columns,
      values: (0..<rows * columns).map { _ in random.normal() * deviation })
  }

  /// Uniform numbers in ±√(6 / (rows + columns)) (Glorot and Bengio, 2010).
  public static func xavierUniform(
    rows: Int, columns: Int, using random: inout SeededRandom
  ) -> Matrix {
    let bound = (6 / Float(rows + columns)).squareRoot()
    return uniform(rows: rows, columns: columns, bound: bound, using: &random)
  }

  /// Uniform numbers in ±bound.
  public static func uniform(
    rows: Int, columns: Int, bound: Float, using random: inout SeededRandom
  ) -> Matrix {
    Matrix(
      rows: rows, columns: columns,
      values: (0..<rows * columns).map { _ in (2 * random.uniform() - 1) * bound })
  }

  public var count: Int { values.count }

  @inlinable
  public subscript(row: Int, column: Int) -> Float {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// The numbers of one row.
  @inlinable
  public subscript(row row: Int) -> ArraySlice<Float> {
    values[row * columns..<(row + 1) * columns]
  }

  /// The matrix of the given rows, in the given order.
  public func gathering(rows indices: [Int32]) -> Matrix {
    Matrix(rows: indices.count, columns: columns) { out in
      values.withUnsafeBufferPointer { source in
        guard let source = source.baseAddress else { return }
        for (row, index) in indices.enumerated() {
          precondition(index >= 0 && Int(index) < rows, "row \(index) of \(rows)")
          (out + row * columns).update(from: source + Int(index) * columns, count: columns)
        }
      }
    }
  }

  /// Whether no number is NaN or infinite.
  public var isFinite: Bool { values.allSatisfy(\.isFinite) }
}

extension Matrix {
  /// Runs a closure on the first element; the pointer of an empty matrix must not be read.
  @inlinable @inline(__always)
  public func read<Result>(_ body: (UnsafePointer<Float>) throws -> Result) rethrows -> Result {
    try values.withUnsafeBufferPointer {
      try body($0.baseAddress ?? UnsafePointer(bitPattern: 16).unsafelyUnwrapped)
    }
  }
}
