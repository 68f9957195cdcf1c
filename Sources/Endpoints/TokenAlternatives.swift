internal import Foundations
internal import RealModule

/// The likeliest tokens at one place, and their log-probabilities.
struct TokenAlternatives: Equatable {
  struct Token: Equatable {
    var text: String
    var logProbability: Float
  }

  var tokens: [Token]

  /// Reads what a server answered about its first token; nil where it tells no alternatives.
  ///
  /// - Parameter response: Of `chat/completions`, or of `completions` in the style of either.
  init?(_ response: JSONValue) {
    let told = response["choices"]?.asArray?.first?["logprobs"]
    if let listed = told?["content"]?.asArray?.first?["top_logprobs"]?.asArray {
      tokens = listed.compactMap { token in
        guard let text = token["token"]?.asString, let number = token["logprob"]?.asNumber,
          !number.isNaN
        else { return nil }
        return Token(text: text, logProbability: Float(number))
      }
    } else if case .object(let members)? = told?["top_logprobs"]?.asArray?.first {
      tokens = members.compactMap { member in
        guard let number = member.value.asNumber, !number.isNaN else { return nil }
        return Token(text: member.name, logProbability: Float(number))
      }
    } else {
      return nil
    }
    guard !tokens.isEmpty else { return nil }
  }

  /// log P of each answer: of all tokens that say it, with a space or in capitals or not.
  ///
  /// An answer that is not among those told has the least of them, which it cannot exceed.
  ///
  /// - Parameter answers: Short words, no two of them alike.
  /// - Returns: One number an answer, and how many were not told.
  func scores(_ answers: [String]) -> (scores: [Float], untold: Int) {
    let exact = answers.map(Self.trimmed)
    let folded = exact.map { $0.lowercased() }
    let mayFold = Set(folded).count == folded.count
    let least = tokens.map(\.logProbability).min() ?? 0
    var untold = 0
    let scores = answers.indices.map { index -> Float in
      let logs = tokens.filter { token in
        let text = Self.trimmed(token.text)
        return text == exact[index] || (mayFold && text.lowercased() == folded[index])
      }.map(\.logProbability)
      guard let top = logs.max(), top > -.infinity else {
        untold += 1
        return least
      }
      return top + Float.log(logs.reduce(0) { $0 + Float.exp($1 - top) })
    }
    return (scores, untold)
  }

  private static func trimmed(_ text: String) -> String {
    String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
