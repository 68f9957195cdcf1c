package import Tensors

extension Tape {
  /// Attention among the fields of each sample, softmax(Q Kᵀ) V without a scale, in each head.
  ///
  /// Equations 5 to 7 of Song et al., 2019. Samples are many and tiny: eight are computed at a time, a
  /// sample a lane, and no matrix product is called.
  ///
  /// - Parameters:
  ///   - queries: (N · F) × (heads · d), a sample's fields below one another.
  ///   - keys: As queries.
  ///   - values: As queries.
  ///   - fields: F.
  ///   - heads: Side by side.
  /// - Returns: (N · F) × (heads · d).
  package func fieldAttention(
    queries: Variable, keys: Variable, values: Variable, fields: Int, heads: Int
  ) -> Variable {
    let (rows, columns) = (queries.rows, queries.columns)
    precondition(
      fields > 0 && rows % fields == 0 && columns % heads == 0 && keys.rows == rows
        && keys.columns == columns && values.rows == rows && values.columns == columns,
      "field attention: shapes differ")
    let heads = FieldHeads(
      samples: rows / fields, fields: fields, heads: heads, width: columns / heads)
    var weights = [Float](repeating: 0, count: heads.blocks * heads.weightCount)
    let value = Matrix(rows: rows, columns: columns) { out in
      weights.withUnsafeMutableBufferPointer { weights in
        guard let weights = weights.baseAddress else { return }
        queries.value.read { q in
          keys.value.read { k in
            values.value.read { v in heads.attend(q, k, v, weights: weights, into: out) }
          }
        }
      }
    }
    let probabilities = weights
    return node(value, [queries, keys, values]) { g in
      var slopes = [Float](repeating: 0, count: 3 * rows * columns)
      slopes.withUnsafeMutableBufferPointer { slopes in
        probabilities.withUnsafeBufferPointer { weights in
          guard let dq = slopes.baseAddress, let p = weights.baseAddress else { return }
          let (dk, dv) = (dq + rows &* columns, dq + 2 &* rows &* columns)
          queries.value.read { q in
            keys.value.read { k in
              values.value.read { v in
                heads.differentiate(q, k, v, weights: p, slopes: g, dq, dk, dv)
              }
            }
          }
          queries.contribute { Kernels.add(dq, to: $0, rows &* columns) }
          keys.contribute { Kernels.add(dk, to: $0, rows &* columns) }
          values.contribute { Kernels.add(dv, to: $0, rows &* columns) }
        }
      }
    }
  }
}

/// The shape of attention among fields, and its loops over blocks of eight samples.
///
/// A block is turned: number i of the samples, of F · heads · d, is one vector of lanes. Lanes beyond
/// the last sample hold zeros.
private struct FieldHeads {
  typealias Lanes = Kernels.Lanes

  let samples: Int
  let fields: Int
  let heads: Int
  /// Columns of a head.
  let width: Int

  /// Numbers of a sample.
  private var count: Int { fields &* heads &* width }
  /// Blocks of eight samples.
  var blocks: Int { (samples + Kernels.width - 1) / Kernels.width }
  /// Attention weights of a block.
  var weightCount: Int { heads * fields * fields * Kernels.width }

  func attend(
    _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>, _ v: UnsafePointer<Float>,
    weights: UnsafeMutablePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 4 * count) { scratch in
      guard let keys = scratch.baseAddress else { return }
      let (queries, values, results) = (keys + count, keys + 2 &* count, keys + 3 &* count)
      for block in 0..<blocks {
        turn(k, block, into: keys)
        turn(q, block, into: queries)
        turn(v, block, into: values)
        var p = weights + block &* weightCount
        for head in 0..<heads {
          for i in 0..<fields {
            let row = place(i, head)
            var top = Lanes(repeating: -.infinity)
            for j in 0..<fields {
              let logit = dot(queries + row, keys + place(j, head))
              Kernels.store(logit, p, j &* Kernels.width)
              top.replace(with: logit, where: logit .> top)
            }
            var sum = Lanes.zero
            for j in 0..<fields {
              let e = Kernels.exp(Kernels.load(p, j &* Kernels.width) - top)
              Kernels.store(e, p, j &* Kernels.width)
              sum += e
            }
            let inverse = 1 / sum
            for c in 0..<width { results[row &+ c] = .zero }
            for j in 0..<fields {
              let share = Kernels.load(p, j &* Kernels.width) * inverse
              Kernels.store(share, p, j &* Kernels.width)
              addProduct(share, values + place(j, head), to: results + row)
            }
            p += fields &* Kernels.width
          }
        }
        turnBack(results, block, into: out)
      }
    }
  }

  func differentiate(
    _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>, _ v: UnsafePointer<Float>,
    weights: UnsafePointer<Float>, slopes g: UnsafePointer<Float>,
    _ dq: UnsafeMutablePointer<Float>, _ dk: UnsafeMutablePointer<Float>,
    _ dv: UnsafeMutablePointer<Float>
  ) {
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 7 * count + fields) { scratch in
      guard let keys = scratch.baseAddress else { return }
      let (queries, values, slopes) = (keys + count, keys + 2 &* count, keys + 3 &* count)
      let querySlopes = keys + 4 &* count
      let (keySlopes, valueSlopes) = (querySlopes + count, querySlopes + 2 &* count)
      let weightSlopes = keys + 7 &* count
      for block in 0..<blocks {
        turn(k, block, into: keys)
        turn(q, block, into: queries)
        turn(v, block, into: values)
        turn(g, block, into: slopes)
        querySlopes.update(repeating: .zero, count: 3 &* count)
        var p = weights + block &* weightCount
        for head in 0..<heads {
          for i in 0..<fields {
            let row = place(i, head)
            var mean = Lanes.zero
            for j in 0..<fields {
              weightSlopes[j] = dot(slopes + row, values + place(j, head))
              mean.addProduct(Kernels.load(p, j &* Kernels.width), weightSlopes[j])
            }
            for j in 0..<fields {
              let (share, other) = (Kernels.load(p, j &* Kernels.width), place(j, head))
              let slope = share * (weightSlopes[j] - mean)
              addProduct(slope, keys + other, to: querySlopes + row)
              addProduct(slope, queries + row, to: keySlopes + other)
              addProduct(share, slopes + row, to: valueSlopes + other)
            }
            p += fields &* Kernels.width
          }
        }
        turnBack(querySlopes, block, into: dq)
        turnBack(keySlopes, block, into: dk)
        turnBack(valueSlopes, block, into: dv)
      }
    }
  }

  /// The first number of a field's head.
  @inline(__always)
  private func place(_ field: Int, _ head: Int) -> Int {
    (field &* heads &+ head) &* width
  }

  @inline(__always)
  private func dot(_ a: UnsafePointer<Lanes>, _ b: UnsafePointer<Lanes>) -> Lanes {
    var sum = Lanes.zero
    for c in 0..<width { sum.addProduct(a[c], b[c]) }
    return sum
  }

  @inline(__always)
  private func addProduct(
    _ factor: Lanes, _ x: UnsafePointer<Lanes>, to y: UnsafeMutablePointer<Lanes>
  ) {
    for c in 0..<width { y[c].addProduct(factor, x[c]) }
  }

  /// A block's samples side by side.
  @inline(__always)
  private func turn(
    _ from: UnsafePointer<Float>, _ block: Int, into to: UnsafeMutablePointer<Lanes>
  ) {
    let first = block &* Kernels.width
    let present = min(Kernels.width, samples &- first)
    if present < Kernels.width { to.update(repeating: .zero, count: count) }
    to.withMemoryRebound(to: Float.self, capacity: count &* Kernels.width) { out in
      for lane in 0..<present {
        let sample = from + (first &+ lane) &* count
        for i in 0..<count { out[i &* Kernels.width &+ lane] = sample[i] }
      }
    }
  }

  /// The way back of `turn`.
  @inline(__always)
  private func turnBack(
    _ from: UnsafePointer<Lanes>, _ block: Int, into to: UnsafeMutablePointer<Float>
  ) {
    let first = block &* Kernels.width
    from.withMemoryRebound(to: Float.self, capacity: count &* Kernels.width) { numbers in
      for lane in 0..<min(Kernels.width, samples &- first) {
        let sample = to + (first &+ lane) &* count
        for i in 0..<count { sample[i] = numbers[i &* Kernels.width &+ lane] }
      }
    }
  }
}
