public import LanguageModels

/// The wording of every prompt, in one place.
///
/// A user's own history stands last, so that the answer of a ranking prompt is simply the next title; hints
/// of the backbone and the similar user stand before it. The same wording is used in pretraining, in the
/// instruction set and at inference.
public struct PromptTemplates: Sendable, Equatable, Codable {
  /// The rating values of the data set, ascending.
  public let ratingScale: [Float]
  /// How many of a user's latest interactions a prompt shows.
  public let maximumHistory: Int
  /// How many of the similar user's latest interactions a prompt shows.
  public let maximumSimilar: Int
  /// How many of the backbone's first items a prompt shows.
  public let maximumHints: Int

  public init(
    ratingScale: [Float], maximumHistory: Int = 62, maximumSimilar: Int = 10,
    maximumHints: Int = 10
  ) {
    self.ratingScale = ratingScale
    self.maximumHistory = maximumHistory
    self.maximumSimilar = maximumSimilar
    self.maximumHints = maximumHints
  }

  /// The most values of a rating scale: each is a token and an answer.
  public static let largestScale = 20

  /// The distinct ratings that occur, ascending; of more than `largestScale` as many quantiles.
  public static func ratingScale(of ratings: [Float]) -> [Float] {
    let distinct = Set(ratings).sorted()
    guard distinct.count > largestScale else { return distinct }
    let sorted = ratings.sorted()
    let quantiles = (0..<largestScale).map {
      sorted[(2 * $0 + 1) * sorted.count / (2 * largestScale)]
    }
    return Set(quantiles).sorted()
  }

  /// Words that get a token of their own in the embedded model, the ratings among them.
  public var words: [String] {
    ["history", " history", "ratings", " ratings", " similar", " user", " recommender", " next"]
      + [" yes", " no", " is", " expects", ":"] + ratingScale.map { answer(forRating: $0) }
  }

  // MARK: Ranking

  /// Asks for the next item: an optional similar user and the backbone's list, then the user's history.
  ///
  /// - Parameters:
  ///   - history: The user's items, oldest first; the latest `maximumHistory` are shown.
  ///   - similar: The similar user's items, oldest first; empty for a plain prompt (method section 6).
  ///   - hints: The backbone's list, best first; empty for a plain prompt.
  /// - Returns: A prompt whose answer is one item.
  public func ranking(
    history: some BidirectionalCollection<Int32>,
    similar: some BidirectionalCollection<Int32> = EmptyCollection<Int32>(),
    hints: some Sequence<Int32> = EmptyCollection<Int32>()
  ) -> Prompt {
    var prompt = Prompt()
    if !similar.isEmpty {
      prompt.append(" similar user:")
      prompt.append(items: similar.suffix(maximumSimilar))
    }
    let shown = Array(hints.prefix(maximumHints))
    if !shown.isEmpty {
      prompt.append(" recommender:")
      prompt.append(items: shown)
    }
    prompt.append(prompt.segments.isEmpty ? "history:" : " history:")
    prompt.append(items: history.suffix(maximumHistory))
    return prompt
  }

  /// The pointwise question about one candidate, after a ranking prompt.
  public func candidateQuestion(_ item: Int32) -> Prompt {
    Prompt([.text(" next:"), .item(item)])
  }

  /// The answers to `candidateQuestion`: yes, then no.
  public static let yesNo = [Prompt([.text(" yes")]), Prompt([.text(" no")])]

  // MARK: Ratings

  /// Asks for a rating: an optional similar user's ratings and the backbone's estimate, the user's ratings,
  /// then the item.
  ///
  /// - Parameters:
  ///   - history: The user's items and ratings, oldest first; the latest half of `maximumHistory` are shown,
  ///     because each costs two tokens.
  ///   - similar: The similar user's items and ratings; empty for a plain prompt.
  ///   - estimate: The backbone's rating, in words with one decimal; nil for a plain prompt.
  ///   - item: The item to rate.
  /// - Returns: A prompt whose answer is one of `ratingAnswers`.
  public func rating(
    history: [(item: Int32, rating: Float)], similar: [(item: Int32, rating: Float)] = [],
    estimate: Float? = nil, item: Int32
  ) -> Prompt {
    var prompt = Prompt()
    func appendPairs(_ pairs: some Sequence<(item: Int32, rating: Float)>) {
      for pair in pairs {
        prompt.segments.append(.item(pair.item))
        prompt.append(answer(forRating: pair.rating))
      }
    }
    if !similar.isEmpty {
      prompt.append(" similar user:")
      appendPairs(similar.suffix(maximumSimilar / 2))
    }
    prompt.append(prompt.segments.isEmpty ? "ratings:" : " ratings:")
    appendPairs(history.suffix(maximumHistory / 2))
    if let estimate {
      prompt.append(" recommender expects\(decimal(estimate)):")
    }
    prompt.segments.append(.item(item))
    return prompt
  }

  /// One answer a rating of the scale, ascending.
  public var ratingAnswers: [Prompt] {
    ratingScale.map { Prompt([.text(answer(forRating: $0))]) }
  }

  /// How a rating is written, with its leading space: " 4" or " 3.5"; the nearest value of the scale.
  public func answer(forRating rating: Float) -> String {
    let value = nearest(to: rating)
    return value == value.rounded() ? " \(Int(value))" : " \(value)"
  }

  /// The value of the scale nearest to a rating, the lower of two.
  private func nearest(to rating: Float) -> Float {
    var (low, high) = (0, ratingScale.count)
    while low < high {
      let middle = (low + high) / 2
      if ratingScale[middle] < rating { low = middle + 1 } else { high = middle }
    }
    guard low < ratingScale.count else { return ratingScale.last ?? rating }
    guard low > 0, rating - ratingScale[low - 1] <= ratingScale[low] - rating else {
      return ratingScale[low]
    }
    return ratingScale[low - 1]
  }

  /// An estimate with one decimal: " 3.6".
  private func decimal(_ value: Float) -> String {
    let tenths = Int((value * 10).rounded())
    return " \(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
  }

  // MARK: Catalogue

  /// States a value of an item's attribute, as in pretraining and in worked examples.
  public func statement(of attribute: String, value: String, item: Int32) -> Prompt {
    var prompt = attributeQuestion(attribute, item: item)
    prompt.append(" \(value)")
    return prompt
  }

  /// Asks for an attribute of an item, after worked examples (in-context learning, method section 4).
  public func attributeQuestion(
    _ attribute: String, examples: [(item: Int32, value: String)] = [], item: Int32
  ) -> Prompt {
    var prompt = Prompt()
    for example in examples {
      prompt.segments +=
        statement(of: attribute, value: example.value, item: example.item).segments
    }
    prompt.segments.append(.item(item))
    prompt.append(" \(attribute):")
    return prompt
  }

  /// Tells what a title token stands for.
  public func naming(item: Int32, title: String) -> Prompt {
    Prompt([.item(item), .text(" is \(title)")])
  }
}
