extension Tape {
  /// y = x · wᵀ + b.
  ///
  /// - Parameters:
  ///   - x: Input, N × K.
  ///   - weight: M × K, the layout of PyTorch's `Linear`.
  ///   - bias: 1 × M, or nil.
  /// - Returns: N × M.
  public func linear(_ x: Variable, weight: Variable, bias: Variable? = nil) -> Variable {
    let (n, k, m) = (x.rows, x.columns, weight.rows)
    precondition(weight.columns == k, "linear: input \(n)×\(k), weight \(m)×\(weight.columns)")
    precondition(bias == nil || bias?.value.count == m, "linear: bias of \(m)")
    let value = Matrix(rows: n, columns: m) { out in
      if let bias {
        bias.value.read { b in for row in 0..<n { (out + row * m).update(from: b, count: m) } }
      }
      x.value.read { x in
        weight.value.read { w in
          BLAS.gemm(
            m: n, n: m, k: k, x, k, w, k, transposeB: true, beta: bias == nil ? 0 : 1, out, m)
        }
      }
    }
    return node(value, [x, weight] + (bias.map { [$0] } ?? [])) { g in
      x.contribute { dx in
        weight.value.read { w in BLAS.gemm(m: n, n: k, k: m, g, m, w, k, beta: 1, dx, k) }
      }
      weight.contribute { dw in
        x.value.read { x in
          BLAS.gemm(m: m, n: k, k: n, g, m, transposeA: true, x, k, beta: 1, dw, k)
        }
      }
      bias?.contribute { db in for row in 0..<n { Kernels.add(g + row * m, to: db, m) } }
    }
  }

  /// a + b, of the same shape.
  public func add(_ a: Variable, _ b: Variable) -> Variable {
    precondition(a.rows == b.rows && a.columns == b.columns, "add: shapes differ")
    let count = a.value.count
    var value = a.value
    value.values.withUnsafeMutableBufferPointer { out in
      b.value.read { b in if let out = out.baseAddress { Kernels.add(b, to: out, count) } }
    }
    return node(value, [a, b]) { g in
      a.contribute { Kernels.add(g, to: $0, count) }
      b.contribute { Kernels.add(g, to: $0, count) }
    }
  }

  /// The mean of values of one shape, at least one.
  public func mean(_ parts: [Variable]) -> Variable {
    var value = parts[0].value
    let (count, share) = (value.count, 1 / Float(parts.count))
    precondition(
      parts.allSatisfy { $0.rows == value.rows && $0.columns == value.columns },
      "mean: shapes differ")
    value.values.withUnsafeMutableBufferPointer { out in
      guard let out = out.baseAddress else { return }
      for part in parts.dropFirst() { part.value.read { Kernels.add($0, to: out, count) } }
      Kernels.scale(share, out, count)
    }
    return node(value, parts) { g in
      for part in parts { part.contribute { Kernels.axpy(share, g, $0, count) } }
    }
  }

  /// α · a.
  public func scale(_ a: Variable, by alpha: Float) -> Variable {
    let count = a.value.count
    var value = a.value
    value.values.withUnsafeMutableBufferPointer {
      if let out = $0.baseAddress { Kernels.scale(alpha, out, count) }
    }
    return node(value, [a]) { g in a.contribute { Kernels.axpy(alpha, g, $0, count) } }
  }

  /// Elementwise a · b, of the same shape.
  public func multiply(_ a: Variable, _ b: Variable) -> Variable {
    precondition(a.rows == b.rows && a.columns == b.columns, "multiply: shapes differ")
    let count = a.value.count
    let value = Matrix(rows: a.rows, columns: a.columns) { out in
      a.value.read { a in b.value.read { b in for i in 0..<count { out[i] = a[i] * b[i] } } }
    }
    return node(value, [a, b]) { g in
      a.contribute { da in b.value.read { b in for i in 0..<count { da[i] += g[i] * b[i] } } }
      b.contribute { db in a.value.read { a in for i in 0..<count { db[i] += g[i] * a[i] } } }
    }
  }

  /// The inner product of each pair of rows: a, b of N × D give N × 1.
  public func rowDot(_ a: Variable, _ b: Variable) -> Variable {
    precondition(a.rows == b.rows && a.columns == b.columns, "rowDot: shapes differ")
    let (n, d) = (a.rows, a.columns)
    let value = Matrix(rows: n, columns: 1) { out in
      a.value.read { a in
        b.value.read { b in
          for row in 0..<n { out[row] = Kernels.dot(a + row * d, b + row * d, d) }
        }
      }
    }
    return node(value, [a, b]) { g in
      a.contribute { da in
        b.value.read { b in
          for row in 0..<n { Kernels.axpy(g[row], b + row * d, da + row * d, d) }
        }
      }
      b.contribute { db in
        a.value.read { a in
          for row in 0..<n { Kernels.axpy(g[row], a + row * d, db + row * d, d) }
        }
      }
    }
  }

  /// The columns of several N-row values side by side.
  public func concatenate(_ parts: [Variable]) -> Variable {
    let n = parts.first?.rows ?? 0
    precondition(parts.allSatisfy { $0.rows == n }, "concatenate: rows differ")
    let width = parts.reduce(0) { $0 + $1.columns }
    let value = Matrix(rows: n, columns: width) { out in
      var start = 0
      for part in parts {
        let columns = part.columns
        part.value.read { p in
          for row in 0..<n {
            (out + row * width + start).update(from: p + row * columns, count: columns)
          }
        }
        start += columns
      }
    }
    return node(value, parts) { g in
      var start = 0
      for part in parts {
        let (columns, from) = (part.columns, start)
        part.contribute { d in
          for row in 0..<n {
            Kernels.add(g + row * width + from, to: d + row * columns, columns)
          }
        }
        start += columns
      }
    }
  }

  /// The rows of several values of one width below one another.
  public func stack(_ parts: [Variable]) -> Variable {
    let width = parts.first?.columns ?? 0
    precondition(parts.allSatisfy { $0.columns == width }, "stack: columns differ")
    let value = Matrix(
      rows: parts.reduce(0) { $0 + $1.rows }, columns: width,
      values: parts.flatMap(\.value.values))
    return node(value, parts) { g in
      var start = 0
      for part in parts {
        let (count, from) = (part.value.count, start)
        part.contribute { Kernels.add(g + from, to: $0, count) }
        start += count
      }
    }
  }
}
