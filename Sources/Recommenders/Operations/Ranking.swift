internal import RealModule
package import Tensors

/// A batch of triples to rank: a user prefers one item to another; N of each.
package struct RankingTriples: Sendable, Equatable {
  /// Rows of the user table.
  package var users: [Int32] = []
  /// Rows of the item table.
  package var preferred: [Int32] = []
  /// Rows of the item table.
  package var others: [Int32] = []
  /// Factors of the triples' losses.
  package var weights: [Float] = []

  package init() {}

  /// N.
  package var count: Int { users.count }

  /// Adds one triple.
  package mutating func append(user: Int32, preferred: Int32, other: Int32, weight: Float = 1) {
    users.append(user)
    self.preferred.append(preferred)
    others.append(other)
    weights.append(weight)
  }

  /// Forgets the triples and keeps the memory.
  package mutating func removeAll() {
    users.removeAll(keepingCapacity: true)
    preferred.removeAll(keepingCapacity: true)
    others.removeAll(keepingCapacity: true)
    weights.removeAll(keepingCapacity: true)
  }

  /// Traps unless the columns are equally long and their rows exist.
  fileprivate func check(users userCount: Int, items itemCount: Int) {
    precondition(
      preferred.count == count && others.count == count && weights.count == count,
      "triples: columns of different lengths")
    precondition(users.allSatisfy { $0 >= 0 && Int($0) < userCount }, "triples: user rows")
    precondition(preferred.allSatisfy { $0 >= 0 && Int($0) < itemCount }, "triples: item rows")
    precondition(others.allSatisfy { $0 >= 0 && Int($0) < itemCount }, "triples: item rows")
  }
}

extension Tape {
  /// Bayesian personalised ranking, the weighted mean of −log σ(positive − negative) (Rendle et al., 2009).
  ///
  /// - Parameters:
  ///   - positive: N × 1 scores of the preferred items.
  ///   - negative: N × 1 scores of the others.
  ///   - weights: N weights, or nil for 1 each; the sum is divided by N.
  /// - Returns: 1 × 1.
  package func bayesianPersonalizedRanking(
    positive: Variable, negative: Variable, weights: [Float]? = nil
  ) -> Variable {
    let n = positive.value.count
    precondition(
      negative.value.count == n && (weights.map { $0.count == n } ?? true), "BPR: \(n) pairs")
    let (preferred, other) = (positive.value.values, negative.value.values)
    return pointwiseLoss([positive, negative], count: n) { i in
      let weight = weights?[i] ?? 1
      let margin = preferred[i] - other[i]
      let slope = -weight * Kernels.sigmoid(-margin)
      return (weight * Kernels.softplus(-margin), slope, -slope)
    }
  }

  /// BPR-Opt (Rendle et al., 2009, section 4.1) of inner products, straight from the tables.
  ///
  /// The mean over triples (u, i, j) of −w log σ(⟨u, i⟩ − ⟨u, j⟩) + λ/2 (‖u‖² + ‖i‖² + ‖j‖²).
  /// Nothing of N × D is ever made: one pass forwards, one back.
  ///
  /// - Parameters:
  ///   - users: U × D.
  ///   - items: I × D.
  ///   - triples: N triples of rows.
  ///   - l2: λ.
  /// - Returns: 1 × 1; zero for no triples.
  package func bayesianPersonalizedRanking(
    users: Variable, items: Variable, triples: RankingTriples, l2: Float
  ) -> Variable {
    let (n, d) = (triples.count, users.columns)
    precondition(items.columns == d, "BPR: widths differ")
    triples.check(users: users.rows, items: items.rows)
    var slopes = [Float](repeating: 0, count: n)
    var total = 0.0
    users.value.read { users in
      items.value.read { items in
        for t in 0..<n {
          let u = users + Int(triples.users[t]) &* d
          let i = items + Int(triples.preferred[t]) &* d
          let j = items + Int(triples.others[t]) &* d
          let margin = Kernels.dot(u, i, d) - Kernels.dot(u, j, d)
          // e = e^−|margin| serves both log(1 + e^−margin) and its slope. Next to the 1 nothing of e is
          // missed in a mean loss.
          let e = Float.exp(-abs(margin))
          let weight = triples.weights[t]
          slopes[t] = -weight * (margin >= 0 ? e : 1) / (1 + e)
          total += Double(weight * (max(-margin, 0) + Float.log(1 + e)))
          if l2 > 0 {
            let norms = Kernels.dot(u, u, d) + Kernels.dot(i, i, d) + Kernels.dot(j, j, d)
            total += Double(l2 / 2 * norms)
          }
        }
      }
    }
    let mean = Float(total / Double(max(n, 1)))
    let recorded = slopes
    return node(Matrix(rows: 1, columns: 1, repeating: mean), [users, items]) { g in
      let scale = g[0] / Float(max(n, 1))
      let decay = scale * l2
      users.value.read { userRows in
        items.value.read { itemRows in
          users.scatter { du in
            for t in 0..<n {
              let row = Int(triples.users[t]) &* d
              let i = itemRows + Int(triples.preferred[t]) &* d
              let j = itemRows + Int(triples.others[t]) &* d
              let slope = scale * recorded[t]
              Kernels.axpy(slope, i, -slope, j, decay, userRows + row, du + row, d)
            }
          }
          items.scatter { di in
            for t in 0..<n {
              let u = userRows + Int(triples.users[t]) &* d
              let (i, j) = (Int(triples.preferred[t]) &* d, Int(triples.others[t]) &* d)
              let slope = scale * recorded[t]
              Kernels.axpy(slope, u, decay, itemRows + i, di + i, d)
              Kernels.axpy(-slope, u, decay, itemRows + j, di + j, d)
            }
          }
        }
      }
      users.touch(triples.users)
      items.touch(triples.preferred)
      items.touch(triples.others)
    }
  }
}
