import Datasets
import Foundation
import Recommenders
import Tensors
import TestSupport
import Testing

/// BERT4Rec and CL4SRec against plain loops in Double.
@Suite struct SequenceReferenceTests {
  // Item 5 is in no sequence.
  private let lists: [[Int32]] = [[0, 1, 2, 3, 4], [3, 0, 4, 1, 2, 0, 4, 3], [4, 3, 2, 1, 0, 3]]
  private let mask: Int32 = 6

  private var data: TrainingData {
    TrainingData(train: histories(lists, itemCount: 6), validation: targets([-1, -1, -1]))
  }

  /// One epoch that changes nothing, whose random changes of sequences round down to none.
  private func settings(_ name: BackboneName) -> BackboneConfiguration {
    var configuration = small(name)
    configuration.heads = 2
    configuration.dropout = 0
    configuration.maximumLength = 6
    configuration.epochs = 1
    configuration.learningRate = 1e-20
    configuration.maskRate = 1e-9
    return configuration
  }

  /// The plain network, with the mask as one more item.
  private func plain(_ trained: TrainedBackbone, causal: Bool) throws -> PlainSASRec {
    var weights = Dictionary(
      uniqueKeysWithValues: trained.model.parameters.map { ($0.name, $0.value) })
    let items = try trained.parameter("items")
    weights["items"] = Matrix(
      rows: 7, columns: items.columns,
      values: items.values + (try trained.parameter("mask").values))
    return PlainSASRec(weights: weights, length: 6, blocks: 2, heads: 2, causal: causal)
  }

  @Test func bert4recPredictsFromAMaskBehindTheHistory() throws {
    let trained = try train(.bert4rec, data, settings(.bert4rec), candidates: 6)
    let plain = try plain(trained, causal: false)
    for user in 0..<3 {
      let scores = try plain.scores(lists[user] + [mask])
      // Only item 5 is unknown to the users.
      #expect(trained.predictions.validationItems[user * 6] == 5)
      let found = Double(trained.predictions.validationScores[user * 6])
      #expect(abs(found - scores[5]) < 1e-5, "user \(user): \(found), expected \(scores[5])")
    }
  }

  @Test func bert4recMasksTheLastItemWhereChanceMasksNone() throws {
    let trained = try train(.bert4rec, data, settings(.bert4rec))
    let plain = try plain(trained, causal: false)
    let expected = try lists.reduce(0.0) { sum, list in
      let logits = try plain.scores(list.dropLast() + [mask]).dropLast()
      let target = logits[Int(list[list.count - 1])]
      return sum + (log(logits.reduce(0) { $0 + exp($1) }) - target) / 3
    }
    #expect(abs(Double(trained.curve[0].loss) - expected) < 1e-5)
  }

  @Test func bert4recMasksItsShareOfTheItems() throws {
    // Nearly all: every position of the last six of each list is to be named from masks alone.
    var configuration = settings(.bert4rec)
    configuration.maskRate = 0.999_999
    let trained = try train(.bert4rec, data, configuration)
    let plain = try plain(trained, causal: false)
    let table = try trained.parameter("items")
    var (sum, count) = (0.0, 0.0)
    for list in lists.map({ $0.suffix(6) }) {
      let masks = [Int32](repeating: mask, count: list.count)
      for (output, target) in zip(try plain.outputs(masks).compactMap { $0 }, list) {
        let logits = (0..<6).map { item in
          zip(table[row: item], output).reduce(0) { $0 + Double($1.0) * $1.1 }
        }
        sum += log(logits.reduce(0) { $0 + exp($1) }) - logits[Int(target)]
        count += 1
      }
    }
    #expect(abs(Double(trained.curve[0].loss) - sum / count) < 1e-5)
  }

  @Test func cl4srecAddsTheContrastOfItsViewsToSASRec() throws {
    var configuration = settings(.cl4srec)
    configuration.contrastWeight = 0.7
    configuration.temperature = 0.5
    let trained = try train(.cl4srec, data, configuration)
    // Views without changes are the inputs themselves.
    let plain = try plain(trained, causal: true)
    let unit = try lists.map { list -> [Double] in
      let output = try #require(try plain.outputs(list.dropLast().suffix(6)).last ?? nil)
      let norm = output.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return output.map { $0 / norm }
    }
    func cosine(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let contrast = unit.reduce(0.0) { sum, a in
      sum + (log(unit.reduce(0) { $0 + exp(cosine(a, $1) / 0.5) }) - 1 / 0.5) / 3
    }
    var sasrec = plain
    sasrec.weights["items"] = try trained.parameter("items")
    let expected = try sasrec.loss(lists, .softmax, negative: 5) + 0.7 * contrast
    #expect(abs(Double(trained.curve[0].loss) - expected) < 1e-5)
  }
}
