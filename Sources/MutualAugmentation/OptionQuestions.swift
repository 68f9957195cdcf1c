import Foundations
import LanguageModels
import Prompts

/// Candidates as lettered options, of which a language model names one.
///
/// The letters' probabilities come from one position, so a question costs one pass whatever the titles' lengths.
/// Every question is asked twice, the second time with the options in reverse order, because models prefer
/// places. More candidates than letters are asked about in chunks; all of them hold the first candidate, relative to
/// which the others are scored, so that scores of different chunks can be compared.
struct OptionQuestions {
  /// The candidates of each question by their places; questions 2i and 2i + 1 are one chunk in both orders.
  let orders: [[Int]]
  private let count: Int

  /// Draws the order of the options.
  ///
  /// - Parameters:
  ///   - count: How many candidates.
  ///   - size: Options of a question at most; at least 2.
  ///   - seed: Of the order.
  init(count: Int, size: Int, seed: UInt64) {
    self.count = count
    var random = SeededRandom(seed: seed, purpose: "options")
    var others = Array(0..<count).dropFirst().map { $0 }
    random.shuffle(&others)
    var orders: [[Int]] = []
    for start in stride(from: 0, to: max(1, others.count), by: max(1, size - 1)) {
      var chunk = [0] + others[start..<min(start + max(1, size - 1), others.count)]
      random.shuffle(&chunk)
      orders += [chunk, chunk.reversed()]
    }
    self.orders = count == 0 ? [] : orders
  }

  /// The questions as branches of a ranking prompt.
  func branches(_ items: [Int32], _ templates: PromptTemplates) -> [ScoringQuery.Branch] {
    orders.map { order in
      .init(
        context: templates.optionsQuestion(order.map { items[$0] }),
        answers: templates.optionAnswers(order.count))
    }
  }

  /// The candidates' scores: log P(its letter) − log P(the first candidate's letter), mean of both orders.
  ///
  /// - Parameter answers: log P of each letter of each question.
  /// - Returns: One score a candidate; the first has 0.
  func scores(_ answers: some Collection<[Float]>) -> [Float] {
    var scores = [Float](repeating: 0, count: count)
    for (order, letters) in zip(orders, answers) {
      guard let anchor = order.firstIndex(of: 0) else { continue }
      for (place, candidate) in order.enumerated() {
        scores[candidate] += (letters[place] - letters[anchor]) / 2
      }
    }
    return scores
  }
}
