extension Tape {
  /// The same numbers in the same order as a matrix of another shape.
  public func reshape(_ x: Variable, rows: Int, columns: Int) -> Variable {
    precondition(rows * columns == x.value.count, "reshape: \(x.value.count) to \(rows)×\(columns)")
    let count = x.value.count
    return node(Matrix(rows: rows, columns: columns, values: x.value.values), [x]) { g in
      x.contribute { Kernels.add(g, to: $0, count) }
    }
  }
}
