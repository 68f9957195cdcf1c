package import Foundations
package import Tensors

/// The tokens that a step of a title model compares its targets with where the catalogue is large.
///
/// Every token that is no title, and a sample of the titles, corrected for how it is drawn
/// (`Tape.softmaxCrossEntropy(_:table:targets:sample:)`). Only rows of the embedding table that are read or compared
/// are composed, and stepped: what a step costs does not depend on the catalogue.
package struct SampledVocabulary {
  /// The largest catalogue whose titles are all compared.
  package static let fullTitles = 10_000
  /// Titles that are sampled from a larger one.
  package static let sampledTitles = 1024

  private let firstTitle: Int32
  private let sampler: ClassSampler
  private let count: Int

  /// Titles are drawn the more often the more often texts have them; nil where all titles are compared.
  ///
  /// - Parameters:
  ///   - tokenizer: Tells titles from other tokens.
  ///   - sequences: What is learned in the epoch.
  ///   - fullTitles: The largest catalogue whose titles are all compared.
  ///   - count: Titles that are sampled from a larger one.
  package init?(
    _ tokenizer: CatalogueTokenizer, _ sequences: [TrainingSequence],
    fullTitles: Int = Self.fullTitles, count: Int = Self.sampledTitles
  ) {
    guard tokenizer.titleCount > fullTitles else { return nil }
    self.count = count
    firstTitle = tokenizer.firstTitle
    var frequencies = [Int](repeating: 0, count: tokenizer.titleCount)
    for sequence in sequences {
      for (token, isTarget) in zip(sequence.tokens, sequence.isTarget) where isTarget {
        if let item = tokenizer.item(ofToken: token) { frequencies[Int(item)] += 1 }
      }
    }
    sampler = ClassSampler(frequencies: frequencies)
  }

  /// The tokens to compare with, and log of how often each is expected among them.
  package func draw(using random: inout SeededRandom) -> SampledClasses {
    let titles = sampler.draw(count, using: &random)
    return SampledClasses(
      classes: (0..<firstTitle).map { $0 } + titles.classes.map { $0 + firstTitle },
      logExpected: [Float](repeating: 0, count: Int(firstTitle)) + titles.logExpected)
  }
}

/// Some rows of a table, numbered anew.
struct TableRows {
  /// Ascending.
  let rows: [Int32]
  private let places: [Int32: Int32]

  init(_ rows: some Sequence<Int32>) {
    self.rows = Set(rows).sorted()
    places = Dictionary(uniqueKeysWithValues: zip(self.rows, self.rows.indices.map { Int32($0) }))
  }

  /// The place of each of some rows.
  func places(of rows: [Int32]) -> [Int32] {
    rows.map { row in
      guard let place = places[row] else { preconditionFailure("row \(row) was not taken") }
      return place
    }
  }
}

extension LlamaModel {
  /// Some rows of the embedding table as used, R × D.
  func table(on tape: Tape, rows: [Int32]) -> Variable {
    precondition(head == nil, "an output layer of its own has all rows")
    let table = isAdapted ? tape.constant(embedding.value) : tape.parameter(embedding)
    let own = tape.gather(table, rows: rows)
    guard let composition = composition?.matrix else { return own }
    let ranges = rows.map { composition.offsets[Int($0)]..<composition.offsets[Int($0) + 1] }
    let pieces = TableRows(ranges.lazy.flatMap { composition.columns[$0] })
    let some = SparseMatrix(
      columnCount: pieces.rows.count,
      offsets: ranges.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) },
      columns: pieces.places(of: ranges.flatMap { composition.columns[$0] }),
      values: ranges.flatMap { composition.values[$0] })
    return tape.add(
      own,
      tape.multiply(some, transposed: some.transposed(), tape.gather(table, rows: pieces.rows)))
  }
}
