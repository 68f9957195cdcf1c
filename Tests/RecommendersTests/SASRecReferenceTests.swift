import Datasets
import Foundation
import Recommenders
import Tensors
import TestSupport
import Testing

/// SASRec computed once more with plain loops in Double, padded as in the paper.
struct PlainSASRec {
  var weights: [String: Matrix]
  var length: Int
  var blocks: Int
  var heads: Int
  var causal = true

  private typealias Rows = [[Double]]

  private func matrix(_ name: String) throws -> Rows {
    let m = try #require(weights[name], "no \(name)")
    return (0..<m.rows).map { m[row: $0].map(Double.init) }
  }

  private func linear(_ name: String, _ x: Rows) throws -> Rows {
    let (w, b) = (try matrix("\(name).weight"), try matrix("\(name).bias")[0])
    return x.map { row in
      zip(w, b).map { weights, bias in bias + zip(weights, row).reduce(0) { $0 + $1.0 * $1.1 } }
    }
  }

  private func norm(_ name: String, _ x: Rows) throws -> Rows {
    let (gamma, beta) = (try matrix("\(name).gamma")[0], try matrix("\(name).beta")[0])
    return x.map { row in
      let mean = row.reduce(0, +) / Double(row.count)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
      return row.indices.map {
        gamma[$0] * (row[$0] - mean) / (variance + 1e-8).squareRoot() + beta[$0]
      }
    }
  }

  private func add(_ a: Rows, _ b: Rows) -> Rows {
    zip(a, b).map { zip($0, $1).map { $0 + $1 } }
  }

  /// Outputs of every position of a sequence that is padded on the left; nil where the padding is.
  func outputs(_ items: [Int32]) throws -> [[Double]?] {
    let (table, places) = (try matrix("items"), try matrix("positions"))
    let width = table[0].count
    let padding = length - items.count
    var x: Rows = (0..<length).map { place in
      guard place >= padding else { return [Double](repeating: 0, count: width) }
      let item = table[Int(items[place - padding])]
      return (0..<width).map { item[$0] * Double(width).squareRoot() + places[place][$0] }
    }
    for block in 0..<blocks {
      let name = "block.\(block)"
      let queries = try norm("\(name).attention.norm", x)
      let q = try linear("\(name).attention.query", queries)
      let k = try linear("\(name).attention.key", x)
      let v = try linear("\(name).attention.value", x)
      let size = width / heads
      var attended = Rows(repeating: [Double](repeating: 0, count: width), count: length)
      for place in padding..<length {
        for head in 0..<heads {
          let columns = head * size..<(head + 1) * size
          let seen = padding...(causal ? place : length - 1)
          let logits = seen.map { other in
            columns.reduce(0) { $0 + q[place][$1] * k[other][$1] } / Double(size).squareRoot()
          }
          let total = logits.reduce(0) { $0 + exp($1) }
          for (other, logit) in zip(seen, logits) {
            for column in columns {
              attended[place][column] += exp(logit) / total * v[other][column]
            }
          }
        }
      }
      x = try norm("\(name).network.norm", add(queries, attended))
      let inner = try linear("\(name).network.inner", x).map { $0.map { max($0, 0) } }
      x = add(x, try linear("\(name).network.outer", inner))
    }
    return try norm("norm", x).enumerated().map { $0 < padding ? nil : $1 }
  }

  /// The scores of all items after a sequence's last `length` items.
  func scores(_ items: [Int32]) throws -> [Double] {
    let last = try #require(try outputs(items.suffix(length)).last ?? nil)
    return try matrix("items").map { zip($0, last).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  /// The mean loss over all positions of training sequences, negatives being always the same item.
  func loss(
    _ sequences: [[Int32]], _ kind: BackboneConfiguration.SequenceLoss, negative: Int
  ) throws -> Double {
    var (total, count) = (0.0, 0.0)
    let table = try matrix("items")
    for sequence in sequences {
      let window = Array(sequence.suffix(length + 1))
      for (output, target) in zip(
        try outputs(Array(window.dropLast())).compactMap { $0 }, window.dropFirst())
      {
        let logits = table.map { zip($0, output).reduce(0) { $0 + $1.0 * $1.1 } }
        switch kind {
        case .softmax:
          total += log(logits.reduce(0) { $0 + exp($1) }) - logits[Int(target)]
          count += 1
        case .binary:
          total += log(1 + exp(-logits[Int(target)])) + log(1 + exp(logits[negative]))
          count += 2
        }
      }
    }
    return total / count
  }
}

@Suite struct SASRecReferenceTests {
  // Item 5 is in no sequence, and every other item is in each: it is the only negative there is.
  private let lists: [[Int32]] = [[0, 1, 2, 3, 4], [3, 0, 4, 1, 2, 0, 4, 3], [4, 3, 2, 1, 0, 3]]

  private var data: TrainingData {
    TrainingData(train: histories(lists, itemCount: 6), validation: targets([-1, -1, -1]))
  }

  private func configuration(_ loss: BackboneConfiguration.SequenceLoss) -> BackboneConfiguration {
    var configuration = small(.sasrec)
    configuration.heads = 2
    configuration.dropout = 0
    configuration.sequenceLoss = loss
    configuration.maximumLength = 6
    return configuration
  }

  private func plain(_ trained: TrainedBackbone) -> PlainSASRec {
    let weights = Dictionary(
      uniqueKeysWithValues: trained.model.parameters.map { ($0.name, $0.value) })
    return PlainSASRec(weights: weights, length: 6, blocks: 2, heads: 2)
  }

  @Test func scoresEqualAPlainPaddedComputation() throws {
    let trained = try train(.sasrec, data, configuration(.softmax), candidates: 6)
    for user in 0..<3 {
      let scores = try plain(trained).scores(lists[user])
      // Only item 5 is unknown to the users.
      #expect(trained.predictions.validationItems[user * 6] == 5)
      let found = Double(trained.predictions.validationScores[user * 6])
      #expect(abs(found - scores[5]) < 1e-5, "user \(user): \(found), expected \(scores[5])")
    }
  }

  @Test(arguments: BackboneConfiguration.SequenceLoss.allCases)
  func theLossEqualsAPlainComputation(loss: BackboneConfiguration.SequenceLoss) throws {
    var configuration = configuration(loss)
    configuration.epochs = 1
    configuration.learningRate = 1e-20
    let trained = try train(.sasrec, data, configuration)
    let expected = try plain(trained).loss(lists, loss, negative: 5)
    let found = Double(trained.curve[0].loss)
    #expect(abs(found - expected) < 1e-5, "\(found), expected \(expected)")
  }

  @Test func allWindowsCoverEveryPosition() throws {
    // With length 3 the last window of the 8 items predicts 3 of them, all windows predict 7.
    var configuration = configuration(.softmax)
    configuration.epochs = 1
    configuration.learningRate = 1e-20
    configuration.maximumLength = 3
    configuration.sequenceWindows = .all
    let trained = try train(.sasrec, data, configuration)
    var plain = plain(trained)
    plain.length = 3
    let windows = lists.flatMap { list in
      stride(from: list.count - 1, to: 0, by: -3).map { end in
        (sequence: Array(list[max(0, end - 3)...end]), weight: Double(min(3, end)))
      }
    }
    let total = try windows.reduce(0.0) {
      $0 + $1.weight * (try plain.loss([$1.sequence], .softmax, negative: 5))
    }
    #expect(windows.reduce(0) { $0 + $1.weight } == 16)
    #expect(abs(Double(trained.curve[0].loss) - total / 16) < 1e-5)
  }
}
