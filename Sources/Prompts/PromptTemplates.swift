public import LanguageModels

/// Writes prompts in the words of a file, and as much of a user's history as they show.
///
/// A user's own history stands last, so that the answer of a ranking prompt is simply the next title; hints
/// of the backbone and the similar user stand before it. The same wording is used in pretraining, in the
/// instruction set and at inference: a language-model artifact holds it whole.
public struct PromptTemplates: Sendable, Equatable, Codable {
  /// The words.
  public let wording: Wording
  /// The rating values of the data set, ascending.
  public let ratingScale: [Float]
  /// How many of a user's latest interactions a prompt shows.
  public let maximumHistory: Int
  /// How many of the similar user's latest interactions a prompt shows.
  public let maximumSimilar: Int
  /// How many of the backbone's first items a prompt shows.
  public let maximumHints: Int
  /// How each value of the scale is written.
  private let ratingTexts: [String]

  public init(
    wording: Wording, ratingScale: [Float], maximumHistory: Int = 62, maximumSimilar: Int = 10,
    maximumHints: Int = 10
  ) {
    self.wording = wording
    self.ratingScale = ratingScale
    self.maximumHistory = maximumHistory
    self.maximumSimilar = maximumSimilar
    self.maximumHints = maximumHints
    ratingTexts = ratingScale.map { value in
      let number =
        value == value.rounded() && abs(value) < 1e9 ? "\(Int(value))" : "\(value)"
      return wording.words(.rating, [.rating: .words(number)])
    }
  }

  private enum CodingKeys: String, CodingKey {
    case wording, ratingScale, maximumHistory, maximumSimilar, maximumHints
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      wording: try values.decode(Wording.self, forKey: .wording),
      ratingScale: try values.decode([Float].self, forKey: .ratingScale),
      maximumHistory: try values.decode(Int.self, forKey: .maximumHistory),
      maximumSimilar: try values.decode(Int.self, forKey: .maximumSimilar),
      maximumHints: try values.decode(Int.self, forKey: .maximumHints))
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

  /// Words that get a token of their own in the embedded model: those of the wording, and the ratings.
  public var words: [String] {
    let special = wording.specialWords
    return special + ratingTexts.filter { !special.contains($0) }
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
      prompt += wording(.similar, [.similar: .items(similar.suffix(maximumSimilar))])
    }
    let shown = Array(hints.prefix(maximumHints))
    if !shown.isEmpty { prompt += wording(.recommender, [.hints: .items(shown)]) }
    return prompt
      + wording(
        prompt.segments.isEmpty ? .history : .historyAfterHints,
        [.history: .items(history.suffix(maximumHistory))])
  }

  /// The question for one item of the catalogue, after a ranking prompt; empty where the item simply follows.
  public var listwiseQuestion: Prompt { wording(.listwiseQuestion) }

  /// Whether candidates can be asked about as lettered options.
  public var hasOptions: Bool { wording.has(.optionsQuestion) && wording.has(.option) }

  /// The question for one of several candidates by its letter, after a ranking prompt.
  ///
  /// - Parameter items: In the order of `OptionOrders.letters`, at most as many.
  /// - Returns: A question whose answer is one of `optionAnswers`.
  public func optionsQuestion(_ items: [Int32]) -> Prompt {
    let options = zip(OptionOrders.letters, items).map { letter, item in
      wording(.option, [.letter: .words(letter), .item: .items([item])])
    }
    return wording(.optionsQuestion, [.options: .segments(options.flatMap(\.segments))])
  }

  /// The answers to `optionsQuestion` about so many candidates.
  public func optionAnswers(_ count: Int) -> [Prompt] {
    OptionOrders.letters.prefix(count).map { Prompt([.text(" \($0)")]) }
  }

  /// The pointwise question about one candidate, after a ranking prompt.
  public func candidateQuestion(_ item: Int32) -> Prompt {
    wording(.candidate, [.item: .items([item])])
  }

  /// The answers to `candidateQuestion`: yes, then no.
  public var yesNo: [Prompt] { [wording(.yes), wording(.no)] }

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
    func pairs(_ pairs: some Sequence<(item: Int32, rating: Float)>) -> Wording.Filling {
      .segments(pairs.flatMap { [.item($0.item), .text(answer(forRating: $0.rating))] })
    }
    var prompt = Prompt()
    if !similar.isEmpty {
      prompt += wording(.similar, [.similar: pairs(similar.suffix(maximumSimilar / 2))])
    }
    prompt += wording(
      prompt.segments.isEmpty ? .ratings : .ratingsAfterHints,
      [.history: pairs(history.suffix(maximumHistory / 2))])
    if let estimate { prompt += wording(.estimate, [.estimate: .words(decimal(estimate))]) }
    return prompt
      + (wording.has(.ratingQuestion)
        ? wording(.ratingQuestion, [.item: .items([item])]) : Prompt([.item(item)]))
  }

  /// What stands before a user's ratings in a plain prompt.
  public var ratingsHead: Prompt { wording(.ratings) }

  /// One answer a rating of the scale, ascending.
  public var ratingAnswers: [Prompt] { ratingTexts.map { Prompt([.text($0)]) } }

  /// How a rating is written, such as " 4" or " 3.5": as the nearest value of the scale.
  public func answer(forRating rating: Float) -> String {
    ratingTexts.isEmpty ? "" : ratingTexts[nearest(to: rating)]
  }

  /// The place of the value of the scale nearest to a rating, the lower of two.
  private func nearest(to rating: Float) -> Int {
    var (low, high) = (0, ratingScale.count)
    while low < high {
      let middle = (low + high) / 2
      if ratingScale[middle] < rating { low = middle + 1 } else { high = middle }
    }
    guard low < ratingScale.count else { return ratingScale.count - 1 }
    return low > 0 && rating - ratingScale[low - 1] <= ratingScale[low] - rating ? low - 1 : low
  }

  /// An estimate with one decimal: "3.6".
  private func decimal(_ value: Float) -> String {
    let tenths = (value * 10).rounded()
    guard abs(tenths) < 1e9 else { return "\(value)" }
    let whole = Int(tenths)
    return "\(whole < 0 ? "-" : "")\(abs(whole) / 10).\(abs(whole) % 10)"
  }

  // MARK: Catalogue

  /// States a value of an item's attribute, as in pretraining and in worked examples.
  public func statement(of attribute: String, value: String, item: Int32) -> Prompt {
    attributeQuestion(attribute, item: item) + attributeAnswer(value)
  }

  /// Asks for an attribute of an item, after worked examples (in-context learning, method section 4).
  public func attributeQuestion(
    _ attribute: String, examples: [(item: Int32, value: String)] = [], item: Int32
  ) -> Prompt {
    examples.reduce(Prompt()) {
      $0 + statement(of: attribute, value: $1.value, item: $1.item)
    } + wording(.attribute, [.item: .items([item]), .attribute: .words(attribute)])
  }

  /// An answer to `attributeQuestion`.
  public func attributeAnswer(_ value: String) -> Prompt {
    Prompt([.text(words(ofValue: value))])
  }

  /// The text of an answer about an attribute.
  public func words(ofValue value: String) -> String {
    wording.words(.value, [.value: .words(value.onOneLine)])
  }

  /// The text of a question about an attribute, without the item.
  public func words(ofAttribute name: String) -> String {
    wording.words(.attribute, [.attribute: .words(name)])
  }

  /// Tells what a title token stands for.
  public func naming(item: Int32, title: String) -> Prompt {
    wording(.title, [.item: .items([item]), .title: .words(title.onOneLine)])
  }

  // MARK: Other trainers

  /// What an instruction asks, for models that were not trained on this wording from the start.
  public func task(_ kind: Instruction.Kind) -> String {
    switch kind {
    case .listwise: wording.words(.listwiseTask)
    case .pointwise: wording.words(.pointwiseTask)
    case .rating: wording.words(.ratingTask)
    }
  }
}
