internal import Foundations

/// Asks a model only what was not answered before.
///
/// Answers are kept one by one, under the model's identity and the whole question: a killed run repeats at
/// most the question under way, and another model or prompt never gets a stale answer.
public struct RememberingLanguageModel<Base: LanguageModel>: LanguageModel {
  let base: Base
  let recall: @Sendable (String) throws -> [Float]?
  let remember: @Sendable (String, [Float]) throws -> Void

  /// Wraps a model.
  ///
  /// - Parameters:
  ///   - base: Who answers what is not remembered.
  ///   - recall: The numbers kept under a key, or nil.
  ///   - remember: Keeps numbers under a key.
  public init(
    _ base: Base, recall: @escaping @Sendable (String) throws -> [Float]?,
    remember: @escaping @Sendable (String, [Float]) throws -> Void
  ) {
    self.base = base
    self.recall = recall
    self.remember = remember
  }

  public var name: String { base.name }
  public func text(of prompt: Prompt, titles: [String]) -> String {
    base.text(of: prompt, titles: titles)
  }

  public var identity: String { base.identity }
  public var itemNames: [String]? { base.itemNames }
  public var remarks: [String] { base.remarks }
  public var capabilities: LanguageModelCapabilities { base.capabilities }

  /// As the base; throws `UnsupportedByModel` too, before anything is asked, where a branch has more answers
  /// than the model can be asked about.
  public func score(
    _ queries: [ScoringQuery], each: (Int, [[Float]]) throws -> Void
  ) async throws {
    let asked = queries.lazy.flatMap(\.branches).map(\.answers.count).max() ?? 0
    if let most = capabilities.mostAnswers, asked > most {
      throw UnsupportedByModel(
        identity: identity, found: "at most \(most) answers a question", needed: "\(asked)")
    }
    let open = try recalled(
      queries.map { $0.key(identity: identity, itemNames) },
      decode: { queries[$0].unflattened($1) },
      each: each)
    try await base.score(open.map { queries[$0.index] }) { place, scores in
      try remember(open[place].key, scores.flatMap { $0 })
      try each(open[place].index, scores)
    }
  }

  /// Hands over what is remembered; returns what is open, in its order.
  private func recalled<Answer>(
    _ keys: [String], decode: (Int, [Float]) -> Answer?, each: (Int, Answer) throws -> Void
  ) throws -> [(index: Int, key: String)] {
    try keys.enumerated().compactMap { index, key in
      guard let answer = try recall(key).flatMap({ decode(index, $0) }) else { return (index, key) }
      try each(index, answer)
      return nil
    }
  }
}

extension RememberingLanguageModel: CatalogueRanking where Base: CatalogueRanking {
  public func rank(
    _ queries: [CatalogueQuery], count: Int, each: (Int, RankedItems) throws -> Void
  ) async throws {
    let names = itemNames.map { Digest.sha256($0.joined(separator: "\0")) }
    let open = try recalled(
      queries.map { $0.key(identity: identity, catalogue: names, count: count) },
      decode: { _, numbers in RankedItems(numbers: numbers) }, each: each)
    try await base.rank(open.map { queries[$0.index] }, count: count) { place, list in
      try remember(open[place].key, list.numbers)
      try each(open[place].index, list)
    }
  }
}

extension RankedItems {
  /// The items, by their bits, then their log-probabilities.
  fileprivate var numbers: [Float] {
    items.map { Float(bitPattern: UInt32(bitPattern: $0)) } + logProbabilities
  }

  /// Reads `numbers`; nil when they are torn.
  fileprivate init?(numbers: [Float]) {
    guard numbers.count.isMultiple(of: 2) else { return nil }
    let count = numbers.count / 2
    items = numbers[..<count].map { Int32(bitPattern: $0.bitPattern) }
    logProbabilities = Array(numbers[count...])
  }
}

/// What tells one question from another, as bytes.
private struct QuestionKey {
  private var bytes: [UInt8]
  private let itemNames: [String]?

  init(identity: String, itemNames: [String]? = nil) {
    bytes = Array(identity.utf8)
    self.itemNames = itemNames
  }

  mutating func mark(_ byte: UInt8) { bytes.append(byte) }

  mutating func append(_ number: Int32) {
    withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
  }

  mutating func append(_ prompt: Prompt) {
    for segment in prompt.segments {
      switch segment {
      case .text(let text):
        mark(1)
        append(text)
      case .item(let item):
        if let itemNames {
          mark(5)
          append(itemNames[Int(item)])
        } else {
          mark(2)
          append(item)
        }
      }
    }
    mark(0)
  }

  mutating func append(_ text: String) {
    append(Int32(text.utf8.count))
    bytes += Array(text.utf8)
  }

  var digest: String { Digest.sha256(bytes) }
}

extension CatalogueQuery {
  /// A digest of the model, the prompt and all that is asked of it.
  ///
  /// Every title may be an answer, so the whole catalogue is part of the question: `catalogue` is a digest of its
  /// words where the model reads words.
  fileprivate func key(identity: String, catalogue: String?, count: Int) -> String {
    var key = QuestionKey(identity: identity)
    if let catalogue { key.append(catalogue) }
    key.mark(4)
    key.append(Int32(clamping: count))
    key.append(prompt)
    for item in excluded { key.append(item) }
    return key.digest
  }
}

extension ScoringQuery {
  /// A digest of the model, the prompt and all that is asked of it.
  fileprivate func key(identity: String, _ itemNames: [String]?) -> String {
    var key = QuestionKey(identity: identity, itemNames: itemNames)
    key.append(prompt)
    for branch in branches {
      key.mark(3)
      key.append(branch.context)
      for answer in branch.answers { key.append(answer) }
    }
    return key.digest
  }

  /// Branches and answers of flat numbers; nil when there are more or fewer than asked.
  fileprivate func unflattened(_ values: [Float]) -> [[Float]]? {
    guard values.count == branches.reduce(0, { $0 + $1.answers.count }) else { return nil }
    var start = 0
    return branches.map { branch in
      defer { start += branch.answers.count }
      return Array(values[start..<start + branch.answers.count])
    }
  }
}
