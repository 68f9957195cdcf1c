public import Datasets
public import Foundations
public import LanguageModels
public import Prompts

/// Data augmentation of the rating task: the model names attributes that the data lacks, by in-context
/// learning from worked examples (method section 4), and they become features, A' = A ∪ {a_d1, …}.
///
/// Every answer is chosen from values that exist, so none is invented: for an attribute of the catalogue
/// its known values, for `companion` the catalogue's best-known titles.
public struct AttributeAugmentation: Sendable {
  /// Worked examples in each prompt.
  public var examples: Int
  /// How many of the most frequent values may be answered.
  public var answers: Int
  let templates: PromptTemplates
  let catalogue: Entities

  public init(templates: PromptTemplates, catalogue: Entities, examples: Int, answers: Int) {
    self.templates = templates
    self.catalogue = catalogue
    self.examples = examples
    self.answers = answers
  }

  /// Completes an attribute: known values stay, every item without one gets the model's answer.
  ///
  /// - Parameters:
  ///   - attribute: An attribute of the catalogue with some values missing.
  ///   - model: Who answers.
  ///   - random: Draws the worked examples.
  /// - Returns: The attribute under the name `llm-NAME`, one value an item; nil when nothing is missing, or
  ///   nothing is known to learn from.
  /// - Throws: What the model throws.
  public func completing(
    _ attribute: Attribute, with model: any LanguageModel, using random: inout SeededRandom
  ) async throws -> Attribute? {
    let known = attribute.values.indices.filter { !attribute.values[$0].isEmpty }
    let missing = attribute.values.indices.filter { attribute.values[$0].isEmpty }
    guard !known.isEmpty, !missing.isEmpty else { return nil }
    let choices = mostFrequent(attribute.values.flatMap { $0 })
    let answers = choices.map(templates.attributeAnswer)
    let queries = missing.map { item in
      let shown = (0..<examples).map { _ in
        let item = known[random.below(known.count)]
        let values = attribute.values[item]
        return (Int32(item), values[random.below(values.count)])
      }
      return ScoringQuery(
        prompt: templates.attributeQuestion(attribute.name, examples: shown, item: Int32(item)),
        branches: [.init(answers: answers)])
    }
    var values = attribute.values.map { Array($0.prefix(1)) }
    try await model.score(queries) { index, scores in
      values[missing[index]] = [choices[scores[0].firstMaximum]]
    }
    return Attribute(name: "llm-\(attribute.name)", isNumeric: false, values: values)
  }

  /// Names for each item the well-known title that most likely follows it: what kind of audience it has.
  ///
  /// - Parameters:
  ///   - frequencies: Training interactions of each item.
  ///   - model: Who answers.
  /// - Returns: The attribute `companion`; its values are ids of the `answers` most frequent items.
  /// - Throws: What the model throws.
  public func companions(
    frequencies: [Int], with model: any LanguageModel
  ) async throws -> Attribute {
    let known = frequencies.indices.sorted { (frequencies[$0], $1) > (frequencies[$1], $0) }
      .prefix(answers).map { Int32($0) }
    let answers = known.map { Prompt([.item($0)]) }
    let queries = (0..<catalogue.count).map { item in
      ScoringQuery(
        prompt: templates.ranking(history: [Int32(item)]),
        branches: [.init(context: templates.listwiseQuestion, answers: answers)])
    }
    var values = [[String]](repeating: [], count: catalogue.count)
    try await model.score(queries) { item, branches in
      // An item does not accompany itself.
      let own = known.firstIndex(of: Int32(item))
      var candidates = branches[0]
      if let own { candidates[own] = -.infinity }
      values[item] = [catalogue.ids[Int(known[candidates.firstMaximum])]]
    }
    return Attribute(name: "companion", isNumeric: false, values: values)
  }

  /// The most frequent values, ties in alphabetical order.
  private func mostFrequent(_ values: [String]) -> [String] {
    var counts: [String: Int] = [:]
    for value in values { counts[value, default: 0] += 1 }
    return counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(answers).map(\.key)
  }
}
