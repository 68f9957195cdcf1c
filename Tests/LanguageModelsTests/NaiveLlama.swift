import Foundation
import LanguageModels
import Tensors

/// A decoder written from the formulas alone, one sequence at a time: the reference that shares nothing with
/// the model but the product of matrices.
struct NaiveLlama {
  let shape: LlamaConfiguration
  private let weights: [String: Matrix]

  init(_ shape: LlamaConfiguration, _ weights: [String: Matrix]) {
    self.shape = shape
    self.weights = weights
  }

  private func weight(_ name: String) -> Matrix {
    weights[name] ?? Matrix(rows: 0, columns: 0, values: [])
  }

  /// x · Wᵀ + b.
  private func linear(_ x: Matrix, _ name: String) -> Matrix {
    var y = x.multiplied(by: weight(name + ".weight"), transposed: true)
    if let bias = weights[name + ".bias"] {
      for row in 0..<y.rows { for j in 0..<y.columns { y[row, j] += bias.values[j] } }
    }
    return y
  }

  private func normalized(_ x: Matrix, _ name: String) -> Matrix {
    let gamma = weight(name + ".weight").values
    var y = x
    for row in 0..<x.rows {
      let mean = x[row: row].reduce(0) { $0 + Double($1 * $1) } / Double(x.columns)
      let scale = Float(1 / (mean + shape.rmsNormEpsilon).squareRoot())
      for j in 0..<x.columns { y[row, j] = x[row, j] * scale * gamma[j] }
    }
    return y
  }

  private func rotated(_ x: Matrix, heads: Int) -> Matrix {
    let (frequencies, half) = (shape.inverseFrequencies, shape.headSize / 2)
    var y = x
    for row in 0..<x.rows {
      for head in 0..<heads {
        for j in 0..<half {
          let angle = Double(row) * frequencies[j]
          let (c, s) = (Float(cos(angle)), Float(sin(angle)))
          let (a, b) = (head * shape.headSize + j, head * shape.headSize + half + j)
          y[row, a] = x[row, a] * c - x[row, b] * s
          y[row, b] = x[row, b] * c + x[row, a] * s
        }
      }
    }
    return y
  }

  private func attended(_ q: Matrix, _ k: Matrix, _ v: Matrix) -> Matrix {
    let (size, group) = (shape.headSize, shape.heads / shape.keyValueHeads)
    var result = Matrix(rows: q.rows, columns: q.columns)
    for head in 0..<shape.heads {
      let (first, shared) = (head * size, head / group * size)
      for row in 0..<q.rows {
        var scores = (0...row).map { other in
          (0..<size).reduce(Float(0)) { $0 + q[row, first + $1] * k[other, shared + $1] }
            / Float(size).squareRoot()
        }
        let largest = scores.max() ?? 0
        scores = scores.map { exp($0 - largest) }
        let sum = scores.reduce(0, +)
        for (other, score) in scores.enumerated() {
          for j in 0..<size { result[row, first + j] += score / sum * v[other, shared + j] }
        }
      }
    }
    return result
  }

  private func sum(_ a: Matrix, _ b: Matrix) -> Matrix {
    Matrix(rows: a.rows, columns: a.columns, values: zip(a.values, b.values).map { $0 + $1 })
  }

  /// Logits after every token.
  func logits(_ tokens: [Int32]) -> Matrix {
    var x = weight("model.embed_tokens.weight").gathering(rows: tokens)
    for layer in 0..<shape.layers {
      let prefix = "model.layers.\(layer)."
      let h = normalized(x, prefix + "input_layernorm")
      let attention = attended(
        rotated(linear(h, prefix + "self_attn.q_proj"), heads: shape.heads),
        rotated(linear(h, prefix + "self_attn.k_proj"), heads: shape.keyValueHeads),
        linear(h, prefix + "self_attn.v_proj"))
      x = sum(x, linear(attention, prefix + "self_attn.o_proj"))
      let z = normalized(x, prefix + "post_attention_layernorm")
      var gate = linear(z, prefix + "mlp.gate_proj")
      let up = linear(z, prefix + "mlp.up_proj")
      for i in gate.values.indices {
        gate.values[i] = gate.values[i] / (1 + exp(-gate.values[i])) * up.values[i]
      }
      x = sum(x, linear(gate, prefix + "mlp.down_proj"))
    }
    let table = shape.tiesEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight"
    return normalized(x, "model.norm").multiplied(by: weight(table), transposed: true)
  }
}
