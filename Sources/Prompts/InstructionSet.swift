public import Datasets
internal import Evaluation
public import Foundations
public import LanguageModels
public import Recommenders

/// One worked question: what is read, and the answer whose tokens are learned.
public struct Instruction: Sendable, Equatable, Hashable {
  /// How the answer ranks: the item itself, yes or no for one candidate, or a rating.
  public enum Kind: String, Sendable {
    case listwise
    case pointwise
    case rating
  }

  public var kind: Kind
  /// Whether the prompt carries the similar user and the backbone's hint.
  public var isAugmented: Bool
  public var prompt: Prompt
  public var answer: Prompt

  public init(kind: Kind, isAugmented: Bool, prompt: Prompt, answer: Prompt) {
    self.kind = kind
    self.isAugmented = isAugmented
    self.prompt = prompt
    self.answer = answer
  }

  /// The prompt to read and the answer to learn.
  public var trainingText: TrainingText {
    var text = TrainingText()
    text.read(prompt)
    text.learn(answer)
    return text
  }
}

/// Builds the instruction set D_ins (method section 3) from out-of-fold predictions.
///
/// Every question is about a training interaction that the hinting backbone did not see, so a hint is as
/// good, and as bad, as it will be at test. Each is asked twice, plain and augmented.
public struct InstructionSet {
  let writer: PromptWriter
  let fold: FoldPredictions
  let task: RecommendationTask
  /// Length of the out-of-fold candidate lists.
  let candidates: Int

  /// Prepares the set.
  ///
  /// - Parameters:
  ///   - templates: The wording.
  ///   - train: Training interactions.
  ///   - predictions: The backbone's predictions with their folds.
  public init?(templates: PromptTemplates, train: Histories, predictions: Predictions) {
    guard let fold = predictions.fold, !fold.users.isEmpty else { return nil }
    self.fold = fold
    task = predictions.task
    candidates = predictions.candidates
    writer = PromptWriter(
      templates: templates, train: train, userEmbeddings: fold.userEmbeddings)
  }

  /// Draws instructions: every kind of the task, plain and augmented, without repeats, in random order.
  ///
  /// Users with fewer than three interactions are left out (method section 3).
  ///
  /// - Parameters:
  ///   - limit: How many of each kind at most.
  ///   - random: Draws the negatives and the order.
  /// - Returns: The instructions.
  public func instructions(
    limit: Int, using random: inout SeededRandom
  ) -> [Instruction] {
    var all: [Instruction] = []
    for index in fold.users.indices where writer.train.count(of: Int(fold.users[index])) >= 3 {
      switch task {
      case .direct, .sequential: all += rankingInstructions(index, using: &random)
      case .rating: all += ratingInstructions(index)
      }
    }
    random.shuffle(&all)
    var seen = Set<Instruction>()
    var drawn: [Instruction.Kind: Int] = [:]
    return all.filter { instruction in
      guard drawn[instruction.kind, default: 0] < limit, seen.insert(instruction).inserted else {
        return false
      }
      drawn[instruction.kind, default: 0] += 1
      return true
    }
  }

  private func rankingInstructions(
    _ index: Int, using random: inout SeededRandom
  ) -> [Instruction] {
    let user = Int(fold.users[index])
    let position = writer.train.offsets[user] + Int(fold.positions[index])
    let target = writer.train.items[position]
    let history = writer.train.items[writer.train.offsets[user]..<position]
    let list = fold.items[index * candidates..<(index + 1) * candidates].filter { $0 >= 0 }
    let others = list.filter { $0 != target }
    return [false, true].flatMap { augmented -> [Instruction] in
      let prompt = writer.ranking(
        user: user, history: history, hints: augmented ? list : nil)
      var result = [
        Instruction(
          kind: .listwise, isAugmented: augmented, prompt: prompt, answer: Prompt([.item(target)]))
      ]
      // Pointwise: the item that came, and one that the backbone would have shown instead.
      if !others.isEmpty {
        let negative = others[random.below(others.count)]
        for (item, answer) in zip([target, negative], writer.templates.yesNo) {
          let question = writer.templates.candidateQuestion(item)
          result.append(
            Instruction(
              kind: .pointwise, isAugmented: augmented,
              prompt: prompt + question, answer: answer))
        }
      }
      return result
    }
  }

  private func ratingInstructions(_ index: Int) -> [Instruction] {
    let user = Int(fold.users[index])
    let start = writer.train.offsets[user]
    let position = start + Int(fold.positions[index])
    let item = writer.train.items[position]
    let answer = writer.templates.answer(forRating: writer.train.ratings[position])
    return [false, true].map { augmented in
      Instruction(
        kind: .rating, isAugmented: augmented,
        prompt: writer.rating(
          user: user, positions: start..<position, item: item,
          estimate: augmented ? fold.ratings[index] : nil),
        answer: Prompt([.text(answer)]))
    }
  }
}
