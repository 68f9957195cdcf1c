private import COpenBLAS
private import Glibc

/// The one door to OpenBLAS.
public enum BLAS {
  /// Sets OpenBLAS's threads, and has the allocator keep the large blocks that every step takes again.
  ///
  /// Called once at the start, before any work.
  public static func setThreads(_ count: Int) {
    openblas_set_num_threads(Int32(count))
    keep_freed_memory()
  }

  /// Sets OpenBLAS's threads and has it take the work space that it keeps for each, if there is room.
  ///
  /// Without this the first product takes it, and where the system gives none OpenBLAS asks for it again and
  /// again, for ever.
  ///
  /// - Parameter threads: How many.
  /// - Returns: Whether there was room; if not, nothing has changed.
  public static func start(threads: Int) -> Bool {
    let bytes = threads * workspaceBytes
    let room = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let room, room != MAP_FAILED else { return false }
    munmap(room, bytes)
    setThreads(threads)
    // Large enough to be no special case that needs no work space.
    let side = 128
    let square = [Float](repeating: 0, count: side * side)
    var product = square
    gemm(m: side, n: side, k: side, square, side, square, side, &product, side)
    return true
  }

  /// What OpenBLAS asks for at once for each thread (its BUFFER_SIZE), mostly never touched.
  public static let workspaceBytes = 128 << 20

  /// OpenBLAS's threads now.
  public static var threads: Int { Int(openblas_get_num_threads()) }

  /// Runs a closure during which every product is computed by the thread that asks for it.
  ///
  /// A product of several threads may sum in another order than one of one thread; this one never does.
  public static func withOneThread<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let count = openblas_get_num_threads()
    openblas_set_num_threads(1)
    defer { openblas_set_num_threads(count) }
    return try body()
  }

  /// OpenBLAS's version and the CPU kernel it chose: results are equal bit for bit only under the same.
  public static var identity: String {
    String(cString: openblas_get_config()) + " " + String(cString: openblas_get_corename())
  }

  /// C ← α · op(A) · op(B) + β · C, with op(A) m × k, op(B) k × n, C m × n, all row-major.
  ///
  /// - Parameters:
  ///   - m: Rows of op(A) and C.
  ///   - n: Columns of op(B) and C.
  ///   - k: Columns of op(A), rows of op(B).
  ///   - alpha: Factor of the product.
  ///   - a: First element of A.
  ///   - lda: Distance of A's rows.
  ///   - transposeA: Whether op(A) is the transpose of what is stored.
  ///   - b: First element of B.
  ///   - ldb: Distance of B's rows.
  ///   - transposeB: Whether op(B) is the transpose of what is stored.
  ///   - beta: Factor of what C holds; 0 overwrites it.
  ///   - c: First element of C.
  ///   - ldc: Distance of C's rows.
  @inline(__always)
  package static func gemm(
    m: Int, n: Int, k: Int, alpha: Float = 1,
    _ a: UnsafePointer<Float>, _ lda: Int, transposeA: Bool = false,
    _ b: UnsafePointer<Float>, _ ldb: Int, transposeB: Bool = false,
    beta: Float = 0, _ c: UnsafeMutablePointer<Float>, _ ldc: Int
  ) {
    guard m > 0, n > 0 else { return }
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), alpha, a, blasint(max(lda, 1)), b, blasint(max(ldb, 1)),
      beta, c, blasint(ldc))
  }

  /// The inverse of a symmetric positive definite matrix, by Cholesky; nil when it is not one.
  public static func inverse(symmetric matrix: consuming Matrix) -> Matrix? {
    precondition(matrix.rows == matrix.columns, "inverse of a square matrix")
    var result = consume matrix  // In its place: at 40,000 rows a copy is 6 GB.
    var n = Int32(result.rows)
    var info: Int32 = 0
    result.values.withUnsafeMutableBufferPointer { a in
      guard let a = a.baseAddress else { return }
      var lda = n
      spotrf_("U", &n, a, &lda, &info)
      if info == 0 { spotri_("U", &n, a, &lda, &info) }
      // Column-major "upper" is row-major lower: mirror it.
      let size = Int(n)
      for row in 0..<size {
        for column in 0..<row { a[column * size + row] = a[row * size + column] }
      }
    }
    return info == 0 ? result : nil
  }
}

extension Matrix {
  /// The product A · B, or A · Bᵀ.
  public func multiplied(by other: Matrix, transposed: Bool = false) -> Matrix {
    let inner = transposed ? other.columns : other.rows
    let width = transposed ? other.rows : other.columns
    precondition(columns == inner, "product of \(rows)×\(columns) and inner \(inner)")
    return Matrix(rows: rows, columns: width) { out in
      values.withUnsafeBufferPointer { a in
        other.values.withUnsafeBufferPointer { b in
          guard let a = a.baseAddress, let b = b.baseAddress else {
            out.update(repeating: 0, count: rows * width)
            return
          }
          BLAS.gemm(
            m: rows, n: width, k: columns, a, columns, b, other.columns, transposeB: transposed,
            out, width)
        }
      }
    }
  }

  /// The Gram matrix Aᵀ · A, columns × columns.
  public func gram() -> Matrix {
    Matrix(rows: columns, columns: columns) { out in
      values.withUnsafeBufferPointer { a in
        guard let a = a.baseAddress else { return }
        BLAS.gemm(
          m: columns, n: columns, k: rows, a, columns, transposeA: true, a, columns, out, columns)
      }
    }
  }
}
