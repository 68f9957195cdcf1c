import Datasets
import Foundation
import Recommenders
import Tensors
import TestSupport
import Testing

/// The graph models against plain loops in Double.
@Suite struct GraphReferenceTests {
  private let lists: [[Int32]] = [[0, 1, 2], [1, 3], [3]]
  private let itemCount = 4

  private var data: TrainingData {
    TrainingData(
      train: histories(lists, itemCount: itemCount), validation: targets([-1, -1, -1]))
  }

  private func settings(_ name: BackboneName) -> BackboneConfiguration {
    var configuration = small(name)
    configuration.embeddingDimension = 3
    configuration.initialDeviation = 0.5
    configuration.l2 = 0.1
    configuration.epochs = 1
    configuration.learningRate = 1e-20
    return configuration
  }

  private func rows(_ matrix: Matrix) -> [[Double]] {
    (0..<matrix.rows).map { matrix[row: $0].map(Double.init) }
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// E⁽⁰⁾ to E⁽ᴸ⁾ by the sums over neighbours, users before items.
  private func layers(_ start: [[Double]], _ count: Int) -> [[[Double]]] {
    var neighbours = [[Int]](repeating: [], count: start.count)
    for (user, items) in lists.enumerated() {
      for item in items {
        neighbours[user].append(lists.count + Int(item))
        neighbours[lists.count + Int(item)].append(user)
      }
    }
    return (0..<count).reduce(into: [start]) { result, layer in
      let last = result[layer]
      result.append(
        neighbours.enumerated().map { node, others in
          others.reduce(into: [0, 0, 0]) { sum, other in
            let norm = Double(others.count * neighbours[other].count).squareRoot()
            for d in 0..<3 { sum[d] += last[other][d] / norm }
          }
        })
    }
  }

  private func mean(_ layers: [[[Double]]]) -> [[Double]] {
    layers[0].indices.map { node in
      (0..<3).map { d in layers.reduce(0) { $0 + $1[node][d] } / Double(layers.count) }
    }
  }

  @Test(arguments: [BackboneName.lightgcn, .sgl, .mixgcf])
  func scoresAreInnerProductsOfAveragedLayers(name: BackboneName) throws {
    let configuration = settings(name)
    let trained = try train(name, data, configuration, candidates: itemCount)
    let final = mean(
      layers(rows(try trained.parameter("embeddings")), configuration.layers))
    let predictions = trained.predictions
    for user in 0..<lists.count {
      for place in 0..<itemCount - lists[user].count {
        let index = user * itemCount + place
        let item = Int(predictions.validationItems[index])
        let expected = dot(final[user], final[lists.count + item])
        #expect(abs(Double(predictions.validationScores[index]) - expected) < 1e-5)
      }
      let embedding = predictions.userEmbeddings[row: user]
      #expect(zip(embedding, final[user]).allSatisfy { abs(Double($0) - $1) < 1e-6 })
    }
  }

  /// One user with item 0 of two: the only triple there can be is (0, 0, 1).
  private var onePair: TrainingData {
    TrainingData(train: histories([[0]], itemCount: 2), validation: targets([-1]))
  }

  /// BPR and L2 of that triple: user and item 0 are each other's only neighbours, item 1 has none.
  private func pairLoss(_ w: [Double]) -> Double {
    let (u, i, j) = (Array(w[0..<3]), Array(w[3..<6]), Array(w[6..<9]))
    // Two layers: u, i, u and i, u, i.
    let user = (0..<3).map { (2 * u[$0] + i[$0]) / 3 }
    let item = (0..<3).map { (2 * i[$0] + u[$0]) / 3 }
    let margin = dot(user, item) - dot(user, j) / 3
    return log(1 + exp(-margin)) + 0.1 / 2 * dot(w, w)
  }

  @Test func threeStepsOfLightGCNFollowTheFormulas() throws {
    var configuration = settings(.lightgcn)
    let start = try train(.lightgcn, onePair, configuration)
    configuration.epochs = 3
    configuration.learningRate = 0.05
    let trained = try train(.lightgcn, onePair, configuration)

    // Adam as published, with numerical gradients.
    var w = try start.parameter("embeddings").values.map(Double.init)
    var m = [Double](repeating: 0, count: 9)
    var v = m
    var losses: [Double] = []
    for step in 1...3 {
      losses.append(pairLoss(w))
      let gradient = w.indices.map { k -> Double in
        var (up, down) = (w, w)
        up[k] += 1e-5
        down[k] -= 1e-5
        return (pairLoss(up) - pairLoss(down)) / 2e-5
      }
      for k in 0..<9 {
        m[k] = 0.9 * m[k] + 0.1 * gradient[k]
        v[k] = 0.999 * v[k] + 0.001 * gradient[k] * gradient[k]
        let first = m[k] / (1 - pow(0.9, Double(step)))
        let second = v[k] / (1 - pow(0.999, Double(step)))
        w[k] -= 0.05 * first / (second.squareRoot() + 1e-8)
      }
    }
    let found = try trained.parameter("embeddings").values
    #expect(zip(found, w).allSatisfy { abs(Double($0) - $1) < 1e-4 })
    #expect(zip(trained.curve, losses).allSatisfy { abs(Double($0.loss) - $1) < 1e-5 })
  }

  /// Both views are the graph when no edge is dropped, and nodes without edges when all are.
  @Test(arguments: [Float(0), 0.999_999])
  func theContrastOfSGLIsThatOfItsViews(dropout: Float) throws {
    var configuration = settings(.sgl)
    configuration.edgeDropout = dropout
    configuration.contrastWeight = 0.7
    let trained = try train(.sgl, data, configuration)
    configuration.contrastWeight = 0
    let ranking = try train(.sgl, data, configuration)
    let start = rows(try trained.parameter("embeddings"))
    let final = dropout == 0 ? mean(layers(start, 2)) : start
    // One batch has every user and every item.
    var expected = 0.0
    for nodes in [Array(0..<3), Array(3..<7)] {
      let unit = nodes.map { node in
        final[node].map { $0 / dot(final[node], final[node]).squareRoot() }
      }
      for a in unit {
        let sum = unit.reduce(0) { $0 + exp(dot(a, $1) / 0.2) }
        expected += 0.7 * (log(sum) - 1 / 0.2) / Double(nodes.count)
      }
    }
    let found = Double(trained.curve[0].loss - ranking.curve[0].loss)
    #expect(abs(found - expected) < 1e-5)
  }

  @Test func aMixedNegativeLiesBetweenThePreferredItemAndTheHardest() throws {
    // Items 1 and 2 are both drawn among 64 candidates; the harder is known by its L2, the most of
    // the loss, and only α is left open.
    let data = TrainingData(train: histories([[0]], itemCount: 3), validation: targets([-1]))
    var configuration = settings(.mixgcf)
    configuration.l2 = 20
    let trained = try train(.mixgcf, data, configuration)
    let w = rows(try trained.parameter("embeddings"))
    let (u, i) = (w[0], w[1])
    // Three layers: the item is i, u, i, u, the user u, i, u, i and the others e, 0, 0, 0.
    let user = (0..<3).map { (u[$0] + i[$0]) / 2 }
    func bounds(_ j: [Double]) -> ClosedRange<Double> {
      let gaps = [dot(user, i) - dot(user, j), dot(user, u), dot(user, i), dot(user, u)]
      let penalty = 20 / 2 * (dot(u, u) + dot(i, i) + dot(j, j))
      // The margin is Σ (1 − α⁽ˡ⁾) gap⁽ˡ⁾ / 4 with α in (0, 1).
      let least = gaps.reduce(0) { $0 + min($1, 0) } / 4
      let most = gaps.reduce(0) { $0 + max($1, 0) } / 4
      return penalty + log(1 + exp(-most))...penalty + log(1 + exp(-least))
    }
    let (harder, easier) =
      dot(user, w[2]) > dot(user, w[3])
      ? (bounds(w[2]), bounds(w[3])) : (bounds(w[3]), bounds(w[2]))
    #expect(!harder.overlaps(easier))
    #expect(harder.contains(Double(trained.curve[0].loss)))
  }

  @Test func aLabelledPairOfMixGCFIsNotMixed() throws {
    // No interactions, so that the pair is all there is and no layer but the first is not zero.
    var data = TrainingData(train: histories([[]], itemCount: 2), validation: targets([-1]))
    data.pairs = [PreferencePair(user: 0, preferred: 1, other: 0, weight: 0.5)]
    let trained = try train(.mixgcf, data, settings(.mixgcf))
    let w = try trained.parameter("embeddings").values.map(Double.init)
    let (u, i, j) = (Array(w[0..<3]), Array(w[6..<9]), Array(w[3..<6]))
    let margin = (dot(u, i) - dot(u, j)) / 16
    let expected = 0.5 * log(1 + exp(-margin)) + 0.1 / 2 * dot(w, w)
    #expect(abs(Double(trained.curve[0].loss) - expected) < 1e-5)
  }
}
