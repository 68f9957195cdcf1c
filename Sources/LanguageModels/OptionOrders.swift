internal import Foundations

/// In which questions, and in which order, candidates are lettered options of which a model names one.
///
/// The letters' probabilities come from one position, so a question costs one pass whatever the candidates'
/// lengths. Every question is asked twice, the second time with the options in reverse order, because models prefer
/// places. More candidates than letters are asked about in chunks; all of them hold the first candidate, relative to
/// which the others are scored, so that scores of different chunks can be compared.
public struct OptionOrders: Sendable, Equatable {
  /// The candidates of each question by their places; questions 2i and 2i + 1 are one chunk in both orders.
  public let questions: [[Int]]
  private let count: Int

  /// One letter an option.
  public static let letters = (UInt8(ascii: "A")...UInt8(ascii: "Z")).map {
    String(UnicodeScalar($0))
  }

  /// Draws the order of the options.
  ///
  /// - Parameters:
  ///   - count: How many candidates.
  ///   - most: Options of a question at most; at least 2 are taken, and no more than there are letters.
  ///   - seed: Of the order.
  public init(count: Int, most: Int, seed: UInt64) {
    self.count = count
    var random = SeededRandom(seed: seed, purpose: "options")
    var others = Array((0..<count).dropFirst())
    random.shuffle(&others)
    let size = min(max(2, most), Self.letters.count) - 1
    var questions: [[Int]] = []
    for start in stride(from: 0, to: count == 0 ? 0 : max(1, others.count), by: size) {
      var chunk = [0] + others[start..<min(start + size, others.count)]
      random.shuffle(&chunk)
      questions += [chunk, chunk.reversed()]
    }
    self.questions = questions
  }

  /// The candidates' scores: log P(its letter) − log P(the first candidate's letter), mean of both orders.
  ///
  /// - Parameter answers: log P of each letter of each question.
  /// - Returns: One score a candidate; the first has 0.
  public func scores(_ answers: some Collection<[Float]>) -> [Float] {
    var scores = [Float](repeating: 0, count: count)
    for (order, letters) in zip(questions, answers) {
      guard let anchor = order.firstIndex(of: 0), letters.count == order.count else { continue }
      for (place, candidate) in order.enumerated() {
        scores[candidate] += (letters[place] - letters[anchor]) / 2
      }
    }
    return scores
  }
}
