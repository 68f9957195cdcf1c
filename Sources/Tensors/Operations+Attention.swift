public import Foundations

/// Sequences of different lengths behind one another: sequence s is rows offsets[s]..<offsets[s + 1].
public struct Segments: Sendable, Equatable {
  /// Count + 1 ascending row numbers, from 0.
  public let offsets: [Int]

  public init(lengths: [Int]) {
    offsets = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
  }

  public var count: Int { offsets.count - 1 }
  public var rows: Int { offsets[offsets.count - 1] }

  /// Each row's place in its own sequence, from 0.
  public var positions: [Int32] {
    (0..<count).flatMap { s in (0..<Int32(offsets[s + 1] - offsets[s])).map { $0 } }
  }
}

extension Tape {
  /// Scaled dot-product attention within each sequence, softmax(Q Kᵀ / √d) V.
  ///
  /// Equation 1 of Vaswani et al., 2017.
  ///
  /// With fewer key heads than query heads, neighbouring query heads share one (grouped-query attention,
  /// Ainslie et al., 2023).
  ///
  /// - Parameters:
  ///   - queries: N × (heads · d).
  ///   - keys: N × (keyHeads · d).
  ///   - values: N × (keyHeads · d).
  ///   - segments: The sequences; N rows in all.
  ///   - heads: Query heads.
  ///   - keyHeads: Key and value heads; divides `heads`.
  ///   - causal: Whether a row sees only itself and what is before it.
  ///   - dropout: Rate on the attention weights.
  ///   - random: Consumed for a positive rate on a recording tape.
  /// - Returns: N × (heads · d).
  public func attention(
    queries: Variable, keys: Variable, values: Variable, segments: Segments, heads: Int,
    keyHeads: Int, causal: Bool, dropout: Float = 0, using random: inout SeededRandom
  ) -> Variable {
    let n = queries.rows
    let d = queries.columns / heads
    precondition(
      heads % keyHeads == 0 && queries.columns == heads * d && keys.columns == keyHeads * d
        && values.columns == keyHeads * d && keys.rows == n && values.rows == n
        && segments.rows == n, "attention: shapes differ")
    let (qWidth, kWidth) = (heads * d, keyHeads * d)
    let group = heads / keyHeads
    let scale = 1 / Float(d).squareRoot()
    let lengths = (0..<segments.count).map { segments.offsets[$0 + 1] - segments.offsets[$0] }
    let blocks = Segments(lengths: lengths.map { $0 * $0 * heads }).offsets

    // Attention weights of every sequence and head, L × L each.
    var weights = [Float](repeating: 0, count: blocks[blocks.count - 1])
    var droppedWeights: [Float]?
    let value = Matrix(rows: n, columns: qWidth) { out in
      queries.value.read { q in
        keys.value.read { k in
          values.value.read { v in
            weights.withUnsafeMutableBufferPointer { weights in
              guard let weights = weights.baseAddress else { return }
              for s in 0..<segments.count {
                let (length, row) = (lengths[s], segments.offsets[s])
                for head in 0..<heads {
                  let p = weights + blocks[s] + head * length * length
                  let shared = head / group * d
                  BLAS.gemm(
                    m: length, n: length, k: d, alpha: scale, q + row * qWidth + head * d, qWidth,
                    k + row * kWidth + shared, kWidth, transposeB: true, p, length)
                  for i in 0..<length {
                    let seen = causal ? i + 1 : length
                    Kernels.softmax(p + i * length, seen)
                    (p + i * length + seen).update(repeating: 0, count: length - seen)
                  }
                }
              }
            }
            if isRecording, dropout > 0 {
              droppedWeights = dropped(weights, rate: dropout, using: &random)
            }
            (droppedWeights ?? weights).withUnsafeBufferPointer { kept in
              guard let kept = kept.baseAddress else { return }
              for s in 0..<segments.count {
                let (length, row) = (lengths[s], segments.offsets[s])
                for head in 0..<heads {
                  BLAS.gemm(
                    m: length, n: d, k: length, kept + blocks[s] + head * length * length, length,
                    v + row * kWidth + head / group * d, kWidth, out + row * qWidth + head * d,
                    qWidth)
                }
              }
            }
          }
        }
      }
    }
    let (probabilities, droppedProbabilities) = (weights, droppedWeights)
    return node(value, [queries, keys, values]) { g in
      probabilities.withUnsafeBufferPointer { probabilities in
        (droppedProbabilities ?? []).withUnsafeBufferPointer { dropped in
          guard let probabilities = probabilities.baseAddress else { return }
          // An empty array may have an address, too.
          let isDropped = !dropped.isEmpty
          let kept = isDropped ? (dropped.baseAddress ?? probabilities) : probabilities
          var slopes = [Float](repeating: 0, count: (lengths.max() ?? 0) * (lengths.max() ?? 0))
          slopes.withUnsafeMutableBufferPointer { slopes in
            guard let slopes = slopes.baseAddress else { return }
            for s in 0..<segments.count {
              let (length, row) = (lengths[s], segments.offsets[s])
              for head in 0..<heads {
                let block = blocks[s] + head * length * length
                let (q0, k0) = (row * qWidth + head * d, row * kWidth + head / group * d)
                values.contribute { dv in
                  BLAS.gemm(
                    m: length, n: d, k: length, kept + block, length, transposeA: true, g + q0,
                    qWidth, beta: 1, dv + k0, kWidth)
                }
                values.value.read { v in
                  BLAS.gemm(
                    m: length, n: length, k: d, g + q0, qWidth, v + k0, kWidth, transposeB: true,
                    slopes, length)
                }
                attentionSlopes(
                  slopes, weights: probabilities + block,
                  kept: isDropped ? kept + block : nil, length: length)
                queries.contribute { dq in
                  keys.value.read { k in
                    BLAS.gemm(
                      m: length, n: d, k: length, alpha: scale, slopes, length, k + k0, kWidth,
                      beta: 1, dq + q0, qWidth)
                  }
                }
                keys.contribute { dk in
                  queries.value.read { q in
                    BLAS.gemm(
                      m: length, n: d, k: length, alpha: scale, slopes, length, transposeA: true,
                      q + q0, qWidth, beta: 1, dk + k0, kWidth)
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// Attention without dropout; see the general form.
  public func attention(
    queries: Variable, keys: Variable, values: Variable, segments: Segments, heads: Int,
    keyHeads: Int, causal: Bool
  ) -> Variable {
    var unused = SeededRandom(seed: 0)
    return attention(
      queries: queries, keys: keys, values: values, segments: segments, heads: heads,
      keyHeads: keyHeads, causal: causal, dropout: 0, using: &unused)
  }

  /// Rotary position embedding in the half-split layout of Llama checkpoints (Su et al., 2021).
  ///
  /// In each head, columns j and j + d/2 turn together by position · base^(−2j/d).
  ///
  /// - Parameters:
  ///   - x: N × (heads · d), d even.
  ///   - table: The angles of N positions and d columns; one serves all layers.
  ///   - heads: How many heads stand side by side.
  /// - Returns: N × (heads · d).
  public func rotary(_ x: Variable, by table: RotaryTable, heads: Int) -> Variable {
    let (n, width) = (x.rows, x.columns)
    precondition(width == heads * 2 * table.half, "rotary: a table of other heads")
    var value = x.value
    value.values.withUnsafeMutableBufferPointer {
      if let out = $0.baseAddress { table.rotate(out, rows: n, heads: heads, direction: 1) }
    }
    return node(value, [x]) { g in
      x.contribute { dx in
        var turned = [Float](UnsafeBufferPointer(start: g, count: n * width))
        turned.withUnsafeMutableBufferPointer {
          guard let back = $0.baseAddress else { return }
          table.rotate(back, rows: n, heads: heads, direction: -1)
          Kernels.add(UnsafePointer(back), to: dx, n * width)
        }
      }
    }
  }
}

/// A copy of attention weights with some set to zero and the rest scaled; a dropped weight is marked by
/// its sign, −0, so that the backward pass can tell it from a weight that underflowed.
private func dropped(
  _ weights: [Float], rate: Float, using random: inout SeededRandom
) -> [Float] {
  var result = weights
  result.withUnsafeMutableBufferPointer {
    if let out = $0.baseAddress {
      Kernels.drop(out, $0.count, rate: rate, zero: -0.0, using: &random)
    }
  }
  return result
}

/// Turns the slope of the kept weights into the slope of the logits, P ∘ (dP − Σ dP ∘ P), in place.
private func attentionSlopes(
  _ slopes: UnsafeMutablePointer<Float>, weights: UnsafePointer<Float>,
  kept: UnsafePointer<Float>?, length: Int
) {
  for i in 0..<length {
    let (slope, p) = (slopes + i * length, weights + i * length)
    if let kept = kept.map({ $0 + i * length }) {
      for j in 0..<length {
        slope[j] *= kept[j].sign == .minus || p[j] == 0 ? 0 : kept[j] / p[j]
      }
    }
    let sum = Kernels.dot(UnsafePointer(slope), p, length)
    for j in 0..<length { slope[j] = p[j] * (slope[j] - sum) }
  }
}
