import Datasets
import Evaluation
import Recommenders
import Tensors
import TestSupport
import Testing

/// The models of the top-k tasks that labelled pairs or augmented sequences reach.
private let direct = backbones(of: .direct)
private let sequential = backbones(of: .sequential)

/// What every backbone must do, whatever it computes.
@Suite struct BackboneTests {
  @Test(arguments: direct + [.ease, .als, .itemknn])
  func aDirectModelRanksTheRestOfItsUsersTasteFirst(name: BackboneName) throws {
    var configuration = small(name)
    configuration.epochs = 60
    configuration.learningRate = 0.02
    // Of a dozen unknown items the hardest of many would mostly be the few that are held out.
    configuration.candidateNegatives = 4
    let data = checkerboard()
    let lists = try train(name, data, configuration, candidates: 3).predictions.validationItems
    // Three unknown items of the own parity, nine of the other; chance would find a quarter.
    let own = lists.indices.count { Int(lists[$0]) % 2 == $0 / 3 % 2 }
    #expect(own >= lists.count * 9 / 10, "\(own) of \(lists.count)")
  }

  @Test(arguments: sequential, BackboneConfiguration.SequenceLoss.allCases)
  func aSequentialModelContinuesTheCircle(
    name: BackboneName, loss: BackboneConfiguration.SequenceLoss
  ) throws {
    var configuration = small(name)
    configuration.epochs = 150
    configuration.patience = 150
    configuration.learningRate = 0.01
    configuration.sequenceLoss = loss
    configuration.dropout = 0
    let data = circles()
    let predictions = try train(name, data, configuration, candidates: 1).predictions
    #expect(predictions.validationItems == data.validation.items)
    #expect(predictions.testItems == data.validation.items.map { ($0 + 1) % 12 })
  }

  @Test(arguments: fieldModels)
  func aRatingModelTellsTheParitiesApart(name: BackboneName) throws {
    var configuration = small(name)
    configuration.epochs = 30
    configuration.learningRate = 0.01
    // All validation ratings are 5, so that they would stop a model that predicts nothing else.
    var data = checkerboard()
    data.validationUsers = [Bool](repeating: false, count: data.train.userCount)
    let predictions = try train(name, data, configuration).predictions
    let high = predictions.validationRatings.count { $0 > 4 }
    #expect(high >= predictions.validationRatings.count * 11 / 12, "\(high)")
    // One rating in eight is 1: without the interaction of user and item none would be this low.
    let low = predictions.testRatings.count { $0 < 2.5 }
    #expect(low >= predictions.testRatings.count * 5 / 6, "\(predictions.testRatings)")
  }

  @Test(arguments: BackboneName.allCases)
  func nothingIsLearnedFromValidationItemsThatDoNotStop(name: BackboneName) throws {
    var data = TrainingData.suitable(for: name)
    data.validationUsers = [Bool](repeating: false, count: data.train.userCount)
    let first = try train(name, data, small(name)).model.parameters
    var items = data.validation.items
    items.append(items.removeFirst())
    data.validation = Targets(items: items, ratings: data.validation.ratings.reversed())
    let second = try train(name, data, small(name)).model.parameters
    #expect(first.map(\.name) == second.map(\.name))
    #expect(first.map(\.value) == second.map(\.value))
  }

  @Test(arguments: BackboneName.allCases)
  func savedParametersPredictTheSameBits(name: BackboneName) throws {
    let data = TrainingData.suitable(for: name)
    let trained = try train(name, data, small(name))
    let again = try trained.model.predictions(on: data, candidates: 5)
    #expect(again == trained.predictions)
  }

  @Test(arguments: [.mf] + sequential)
  func aUserAmongOthersIsRankedAsAlone(name: BackboneName) throws {
    let data = TrainingData.suitable(for: name)
    let trained = try train(name, data, small(name))
    for user in [0, data.train.userCount - 1] {
      // The same parameters with nobody else's history.
      var alone = data
      alone.train = histories(
        (0..<data.train.userCount).map { $0 == user ? Array(data.train.items(of: user)) : [] },
        itemCount: data.train.itemCount)
      let single = try trained.model.predictions(on: alone, candidates: 5)
      let row = user * 5..<(user + 1) * 5
      #expect(single.testItems[row] == trained.predictions.testItems[row])
      let scores = zip(single.testScores[row], trained.predictions.testScores[row])
      #expect(scores.allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }

  @Test(arguments: fieldModels)
  func aRatingAmongOthersIsPredictedAsAlone(name: BackboneName) throws {
    let data = TrainingData.suitable(for: name)
    let trained = try train(name, data, small(name))
    let questions = try #require(data.questions)
    for user in [0, data.train.userCount - 1] {
      var alone = data
      alone.questions = questions.indices.map { $0 == user ? questions[$0] : -1 }
      let single = try trained.model.predictions(on: alone, candidates: 5)
      #expect(abs(single.testRatings[user] - trained.predictions.testRatings[user]) < 1e-5)
    }
  }

  @Test(arguments: direct + sequential + fieldModels, [1, 4, 7])
  func aKilledRunEndsWithTheSameBits(name: BackboneName, saves: Int) throws {
    let data = TrainingData.suitable(for: name)
    let straight = try train(name, data, small(name), foldPositions: 2)
    let monitor = MemoryMonitor(killAfter: saves)
    #expect(throws: MemoryMonitor.Killed.self) {
      try train(name, data, small(name), foldPositions: 2, monitor: monitor)
    }
    let resumed = try train(name, data, small(name), foldPositions: 2, monitor: monitor)
    #expect(resumed.predictions == straight.predictions)
    #expect(resumed.curve == straight.curve)
    #expect(resumed.model.parameters.map(\.name) == straight.model.parameters.map(\.name))
    #expect(resumed.model.parameters.map(\.value) == straight.model.parameters.map(\.value))
    #expect(monitor.states.keys.sorted() == [name.rawValue, "\(name.rawValue)-fold"])
  }

  @Test(arguments: direct + sequential + fieldModels + [.als])
  func theSeedAloneDecides(name: BackboneName) throws {
    let data = TrainingData.suitable(for: name)
    let first = try train(name, data, small(name), seed: 1)
    #expect(try train(name, data, small(name), seed: 1).predictions == first.predictions)
    #expect(try train(name, data, small(name), seed: 2).predictions != first.predictions)
  }

  @Test(arguments: BackboneName.allCases.filter { $0.task != .rating })
  func aListHoldsEachUnknownItemOnceAndEndsInMinusOne(name: BackboneName) throws {
    let data = TrainingData.suitable(for: name)
    let itemCount = data.train.itemCount
    let predictions = try train(name, data, small(name), candidates: itemCount).predictions
    for user in 0..<data.train.userCount {
      let row = user * itemCount..<(user + 1) * itemCount
      let known = Set(data.train.items(of: user))
      let unknown = Set((0..<Int32(itemCount))).subtracting(known)
      let validation = predictions.validationItems[row]
      #expect(Set(validation.prefix(unknown.count)) == unknown)
      #expect(validation.dropFirst(unknown.count).allSatisfy { $0 == -1 })
      let test = predictions.testItems[row]
      let left = unknown.subtracting([data.validation.items[user]])
      #expect(Set(test.prefix(left.count)) == left)
      #expect(test.dropFirst(left.count).allSatisfy { $0 == -1 })
      let scores = predictions.testScores[row]
      #expect(zip(scores, scores.dropFirst()).prefix(left.count - 1).allSatisfy { $0 >= $1 })
      #expect(scores.dropFirst(left.count).allSatisfy { $0 == 0 })
    }
  }

  @Test(arguments: direct)
  func labelledPairsRaiseThePreferredItems(name: BackboneName) throws {
    var data = checkerboard()
    var configuration = small(name)
    configuration.epochs = 30
    configuration.learningRate = 0.01
    // Few epochs: SGL's second task must not be most of what they learn.
    configuration.contrastWeight = 0.01
    let itemCount = data.train.itemCount
    // Against the users' taste: the item of the other parity is preferred.
    let pairs = (0..<data.train.userCount).flatMap { user in
      let known = Set(data.train.items(of: user))
      let preferred = (0..<Int32(itemCount)).first {
        Int($0) % 2 != user % 2 && !known.contains($0)
      }
      let other = data.validation.items[user]
      return preferred.map {
        [PreferencePair](
          repeating: PreferencePair(user: Int32(user), preferred: $0, other: other), count: 10)
      } ?? []
    }
    // Pairs whose preferred item comes first in the user's list of all unknown items.
    func inOrder() throws -> Int {
      let lists = try train(name, data, configuration, candidates: itemCount).predictions
      return pairs.count { pair in
        let list = lists.validationItems.dropFirst(Int(pair.user) * itemCount).prefix(itemCount)
        return list.first { $0 == pair.preferred || $0 == pair.other } == pair.preferred
      }
    }
    let without = try inOrder()
    data.pairs = pairs
    let with = try inOrder()
    #expect(without < pairs.count / 4)
    #expect(with > pairs.count * 3 / 4)
    // A weight of zero says nothing.
    data.pairs = pairs.map {
      PreferencePair(user: $0.user, preferred: $0.preferred, other: $0.other, weight: 0)
    }
    #expect(try inOrder() < pairs.count / 4)
  }

  @Test(arguments: sequential)
  func augmentedSequencesReplaceTheTrainingSequencesOnly(name: BackboneName) throws {
    var data = circles()
    var configuration = small(name)
    configuration.epochs = 60
    configuration.learningRate = 0.01
    configuration.dropout = 0
    data.validationUsers = [Bool](repeating: false, count: data.train.userCount)
    // Training sequences that walk down; the histories at validation still walk up.
    data.trainingHistories = histories(
      (0..<24).map { user in (0..<7).map { Int32((user + 12 - $0) % 12) } }, itemCount: 12)
    let predictions = try train(name, data, configuration, candidates: 5).predictions
    let walksDown = (0..<24).count { user in
      let last = data.train.items(of: user).last.map { Int($0) } ?? 0
      // Down from the last item lies what the user has, so the rest of the circle follows at once.
      return Int(predictions.validationItems[user * 5]) != (last + 1) % 12
    }
    #expect(walksDown > 12)
  }
}
