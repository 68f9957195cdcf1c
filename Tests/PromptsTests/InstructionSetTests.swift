import Datasets
import Evaluation
import Foundations
import LanguageModels
import Prompts
import Recommenders
import Tensors
import TestSupport
import Testing

@Suite struct InstructionSetTests {
  private let templates = PromptTemplates(ratingScale: [1, 2, 3, 4, 5])
  /// User 1 has fewer than three interactions.
  private let train = histories(
    [[0, 1, 2, 3, 4], [5, 6], [7, 8, 0], [1, 3, 5, 7]],
    ratings: [[1, 2, 3, 4, 5], [1, 1], [3, 4, 5], [2, 2, 3, 1]], itemCount: 10)
  /// User 0 is similar to user 2, users 2 and 3 to users 0 and 1.
  private let embeddings = Matrix(rows: 4, columns: 2, values: [1, 0, 0, 1, 2, 0, 0, 3])

  private var predictions: Predictions {
    var predictions = Predictions(task: .direct, candidates: 2, userEmbeddings: embeddings)
    var fold = FoldPredictions(
      users: [0, 0, 1, 2, 3], positions: [3, 4, 1, 2, 3], userEmbeddings: embeddings)
    // User 0's first list has the target, 3; user 2's ends early.
    fold.items = [9, 3, 8, 9, 6, 9, 6, -1, 9, 8]
    predictions.fold = fold
    return predictions
  }

  private func instructions(
    _ predictions: Predictions, limit: Int = .max, seed: UInt64 = 1
  ) throws -> [Instruction] {
    let set = try #require(
      InstructionSet(templates: templates, train: train, predictions: predictions))
    var random = SeededRandom(seed: seed)
    return set.instructions(limit: limit, using: &random)
  }

  @Test func `an interaction is asked listwise and pointwise, plain and augmented`() throws {
    var predictions = predictions
    predictions.fold?.users = [0]
    predictions.fold?.positions = [3]
    predictions.fold?.items = [9, 3]
    let plain = Prompt.text("history:") + .items(0, 1, 2)
    let augmented =
      Prompt.text(" similar user:") + .items(7, 8, 0) + .text(" recommender:") + .items(9, 3)
      + .text(" history:") + .items(0, 1, 2)
    let expected = [(false, plain), (true, augmented)].flatMap { isAugmented, prompt in
      [
        Instruction(
          kind: .listwise, isAugmented: isAugmented, prompt: prompt, answer: .items(3)),
        Instruction(
          kind: .pointwise, isAugmented: isAugmented,
          prompt: prompt + .text(" next:") + .items(3), answer: .text(" yes")),
        Instruction(
          kind: .pointwise, isAugmented: isAugmented,
          prompt: prompt + .text(" next:") + .items(9), answer: .text(" no")),
      ]
    }
    let found = try instructions(predictions)
    #expect(found.count == expected.count)
    #expect(Set(found) == Set(expected))
  }

  @Test func `the target is never in the shown history, and hints are the fold's lists`() throws {
    let predictions = predictions
    let fold = try #require(predictions.fold)
    let lists = Dictionary(
      uniqueKeysWithValues: fold.users.indices.map { index in
        let position = train.offsets[Int(fold.users[index])] + Int(fold.positions[index])
        let key = [fold.users[index], train.items[position]]
        return (key, fold.items[2 * index..<2 * index + 2].filter { $0 >= 0 })
      })
    let found = try instructions(predictions)
    for instruction in found where instruction.kind == .listwise {
      guard case .item(let target) = instruction.answer.segments[0] else {
        Issue.record("the answer is not an item")
        continue
      }
      let history =
        instruction.prompt.items(after: "history:")
        ?? instruction.prompt.items(after: " history:") ?? []
      #expect(!history.isEmpty && !history.contains(target))
      let user = try #require(
        (0..<4).first { Array(train.items(of: $0).prefix(history.count)) == history })
      #expect(train.items(of: user).dropFirst(history.count).first == target)
      #expect(
        instruction.prompt.items(after: " recommender:")
          == (instruction.isAugmented ? lists[[Int32(user), target]] : nil))
    }
    #expect(found.count { $0.isAugmented } == found.count { !$0.isAugmented })
    #expect(found.count { $0.kind == .listwise } == 8)
    #expect(found.count { $0.kind == .pointwise } == 16)
  }

  @Test func `the similar user is the fold's, by a model that did not see the answers`() throws {
    var predictions = predictions
    // By the whole model users 0 and 3, 1 and 2 are alike.
    predictions.userEmbeddings = Matrix(rows: 4, columns: 2, values: [1, 0, 0, 1, 0, 2, 3, 0])
    let own = try instructions(predictions)
    #expect(Set(own) == Set(try instructions(self.predictions)))
    let augmented = own.filter { $0.isAugmented && $0.kind == .listwise && $0.answer == .items(4) }
    let similar = Prompt.text(" similar user:") + .items(7, 8, 0)
    #expect(augmented.count == 1)
    #expect(augmented.allSatisfy { $0.prompt.segments.starts(with: similar.segments) })
  }

  @Test func `users with fewer than three interactions are left out`() throws {
    for instruction in try instructions(predictions) {
      let history =
        instruction.prompt.items(after: "history:")
        ?? instruction.prompt.items(after: " history:")
      #expect(history != [5])
    }
  }

  @Test func `nothing is asked twice`() throws {
    var twice = predictions
    twice.fold?.users += [0]
    twice.fold?.positions += [3]
    twice.fold?.items += [9, 3]
    let found = try instructions(twice)
    #expect(found.count == 24)
    #expect(Set(found).count == 24)
  }

  @Test func `a limit takes some of each kind, the seed decides which`() throws {
    let all = try instructions(predictions)
    let some = try instructions(predictions, limit: 7)
    for kind in [Instruction.Kind.listwise, .pointwise] {
      #expect(some.filter { $0.kind == kind } == Array(all.filter { $0.kind == kind }.prefix(7)))
    }
    #expect(some.count == 14)
    #expect(try instructions(predictions) == all)
    #expect(try instructions(predictions, seed: 2) != all)
  }

  @Test func `a list without another item than the target gives no pointwise question`() throws {
    var predictions = predictions
    predictions.fold?.users = [0]
    predictions.fold?.positions = [3]
    predictions.fold?.items = [3, -1]
    #expect(try instructions(predictions).allSatisfy { $0.kind == .listwise })
  }

  @Test func `ratings are asked with the estimate of the fold`() throws {
    var predictions = Predictions(task: .rating, candidates: 0, userEmbeddings: embeddings)
    predictions.fold = FoldPredictions(
      users: [1, 2], positions: [1, 2], userEmbeddings: embeddings)
    predictions.fold?.ratings = [1, 3.26]
    let plain =
      Prompt.text("ratings:") + .items(7) + .text(" 3") + .items(8) + .text(" 4") + .items(0)
    let similar =
      Prompt.text(" similar user:") + .items(0) + .text(" 1") + .items(1) + .text(" 2")
      + .items(2) + .text(" 3") + .items(3) + .text(" 4") + .items(4) + .text(" 5")
    let own = Prompt.text(" ratings:") + .items(7) + .text(" 3") + .items(8) + .text(" 4")
    let augmented = similar + own + .text(" recommender expects 3.3:") + .items(0)
    let found = try Set(instructions(predictions))
    #expect(
      found == [
        Instruction(kind: .rating, isAugmented: false, prompt: plain, answer: .text(" 5")),
        Instruction(kind: .rating, isAugmented: true, prompt: augmented, answer: .text(" 5")),
      ])
  }

  @Test func `without out-of-fold predictions there is no set`() {
    var predictions = predictions
    predictions.fold = nil
    #expect(
      InstructionSet(templates: templates, train: train, predictions: predictions) == nil)
  }

  @Test func `the loss is on the answer only`() {
    let instruction = Instruction(
      kind: .listwise, isAugmented: false, prompt: .text("history:") + .items(4),
      answer: .items(5))
    #expect(instruction.trainingText.segments == [.text("history:"), .item(4), .item(5)])
    #expect(instruction.trainingText.isTarget == [false, false, true])
  }
}
