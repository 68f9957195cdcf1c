import Datasets
import Foundation
import Recommenders
import Tensors

/// The published formulas of the models on field embeddings with plain loops in Double.
struct PlainFieldModel {
  let name: BackboneName
  let trained: TrainedBackbone
  let features: FeatureTable
  let heads: Int

  private func rows(_ name: String) throws -> [[Double]] {
    let matrix = try trained.parameter(name)
    return (0..<matrix.rows).map { matrix[row: $0].map { Double($0) } }
  }

  private func has(_ name: String) -> Bool { trained.model.parameters.contains { $0.name == name } }

  func rating(user: Int, item: Int) throws -> Double {
    let (table, first) = (try rows("embeddings"), try rows("first-order"))
    var vectors: [[Double]] = []
    var sum = try rows("bias")[0][0]
    for side in [FeatureTable.Side.user, .item] {
      for field in features.fields where field.side == side {
        let base = features.fields.prefix { $0.name != field.name }
          .reduce(0) { $0 + $1.cardinality }
        let values = field.values(of: side == .user ? user : item).map { base + Int($0) }
        let share = 1 / Double(values.count)
        vectors.append(
          table[0].indices.map { d in values.reduce(0) { $0 + share * table[$1][d] } })
        sum += values.reduce(0) { $0 + share * first[$1][0] }
      }
    }
    return sum + (try terms(vectors))
  }

  private func terms(_ vectors: [[Double]]) throws -> Double {
    let all = vectors.flatMap { $0 }
    switch name {
    case .deepfm:
      return products(vectors).joined().reduce(try output(try deep(all)), +)
    case .nfm:
      let pooled = vectors[0].indices.map { d in products(vectors).reduce(0) { $0 + $1[d] } }
      return try output(try deep(pooled))
    case .dcn: return try output(try crossed(all) + deep(all))
    case .autoint: return try output(try interacted(vectors).flatMap { $0 } + deep(all))
    case .afm: return try output(try attended(products(vectors)))
    case .xdeepfm: return try output(try deep(all)) + compressed(vectors)
    default: return 0
    }
  }

  /// v_f ∘ v_g of each pair.
  private func products(_ vectors: [[Double]]) -> [[Double]] {
    vectors.indices.flatMap { f in
      vectors.indices.dropFirst(f + 1).map { g in zip(vectors[f], vectors[g]).map(*) }
    }
  }

  private func deep(_ input: [Double]) throws -> [Double] {
    var result = input
    for layer in 0..<2 {
      result = try map(result, "layer.\(layer)").map { max($0, 0) }
    }
    return result
  }

  private func output(_ input: [Double]) throws -> Double {
    dot(try rows("output.weight")[0], input)
  }

  private func crossed(_ start: [Double]) throws -> [Double] {
    var x = start
    for layer in 0..<2 {
      let product = dot(x, try rows("cross.\(layer).weight")[0])
      let bias = try rows("cross.\(layer).bias")[0]
      x = x.indices.map { start[$0] * product + bias[$0] + x[$0] }
    }
    return x
  }

  private func interacted(_ vectors: [[Double]]) throws -> [[Double]] {
    var states = vectors
    var layer = 0
    while has("interaction.\(layer).query") {
      func project(_ part: String) throws -> [[Double]] {
        let weight = try rows("interaction.\(layer).\(part)")
        return states.map { state in weight.map { dot($0, state) } }
      }
      let (queries, keys) = (try project("query"), try project("key"))
      let (values, residuals) = (try project("value"), try project("residual"))
      let size = states[0].count / heads
      states = states.indices.map { m in
        (0..<heads).flatMap { head in
          let part = head * size..<(head + 1) * size
          let weights = softmax(keys.map { dot(Array(queries[m][part]), Array($0[part])) })
          return part.map { d in
            let attended = values.indices.reduce(0) { $0 + weights[$1] * values[$1][d] }
            return max(0, attended + residuals[m][d])
          }
        }
      }
      layer += 1
    }
    return states
  }

  private func attended(_ products: [[Double]]) throws -> [Double] {
    let score = try rows("attention.score")[0]
    let weights = softmax(
      try products.map { dot(score, try map($0, "attention").map { max($0, 0) }) })
    return products[0].indices.map { d in
      products.indices.reduce(0) { $0 + weights[$1] * products[$1][d] }
    }
  }

  private func compressed(_ start: [[Double]]) throws -> Double {
    var states = start
    var total = 0.0
    var layer = 0
    while has("interaction.\(layer).direct.weight") {
      // X^k_h of equation 6, the rows of `part`.
      func maps(_ part: String) throws -> [[Double]] {
        let (weight, bias) = (
          try rows("interaction.\(layer).\(part).weight"),
          try rows("interaction.\(layer).\(part).bias")[0]
        )
        return weight.indices.map { h in
          start[0].indices.map { d in
            var sum = bias[h]
            for i in states.indices {
              for j in start.indices {
                sum += weight[h][i * start.count + j] * states[i][d] * start[j][d]
              }
            }
            return max(sum, 0)
          }
        }
      }
      total += dot(
        try rows("interaction.\(layer).output")[0], try maps("direct").map { $0.reduce(0, +) })
      states = has("interaction.\(layer).next.weight") ? try maps("next") : []
      layer += 1
    }
    return total
  }

  /// W x + b.
  private func map(_ x: [Double], _ name: String) throws -> [Double] {
    let bias = try rows("\(name).bias")[0]
    return zip(try rows("\(name).weight"), bias).map { dot($0, x) + $1 }
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    precondition(a.count == b.count, "inner product of \(a.count) and \(b.count)")
    return zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private func softmax(_ x: [Double]) -> [Double] {
    let powers = x.map { exp($0) }
    return powers.map { $0 / powers.reduce(0, +) }
  }
}
