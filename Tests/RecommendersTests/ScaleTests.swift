import Datasets
import Foundations
import Recommenders
import Tensors
import TestSupport
import Testing

/// What holds where there is more data than fits.
@Suite struct MemoryForecastTests {
  private func forecast(_ name: BackboneName, _ data: TrainingData) -> MemoryForecast {
    MemoryForecast(
      name, on: data, configuration: .defaults(for: name), candidates: 50,
      folds: FoldPositions(of: data.train, limit: 10))
  }

  private func shop(users: Int, items: Int) -> TrainingData {
    let split = leaveOneOut(
      generateShop(ShopOptions(users: users, items: items, interactions: 8 * users)))
    return TrainingData(
      train: split.train, validation: split.validation,
      features: FeatureTable(users: split.users, items: split.catalogue, train: split.train))
  }

  @Test(arguments: BackboneName.allCases)
  func everyModelForecastsMoreForMoreData(name: BackboneName) {
    let small = forecast(name, shop(users: 100, items: 100))
    let large = forecast(name, shop(users: 3000, items: 2000))
    #expect(small.bytes > 0 && large.bytes > small.bytes)
    #expect(large.bytes < 2 << 30, "\(large.bytes) for a small shop")
  }

  @Test(arguments: BackboneName.allCases)
  func everyModelIsRefusedWhatItCannotHave(name: BackboneName) {
    let forecast = forecast(name, shop(users: 300, items: 300))
    #expect(forecast.fits(forecast.bytes) && !forecast.fits(forecast.bytes - 1))
    let refusal = forecast.refusal(budget: 1 << 20)
    #expect(refusal.hasPrefix("\(name.label) needs "))
    #expect(refusal.contains("may take 1.0 MiB; no setting of it is small enough"))
  }

  @Test func aRefusalNamesASettingThatFits() throws {
    let data = TrainingData(
      train: histories([[0, 54_541]], itemCount: 54_542), validation: targets([-1]))
    var configuration = BackboneConfiguration.defaults(for: .ease)
    configuration.frequentItems = 54_542
    let forecast = MemoryForecast(
      .ease, on: data, configuration: configuration, candidates: 50)
    #expect(forecast.bytes > 22 << 30 && forecast.bytes < 24 << 30)
    #expect(
      forecast.refusal(budget: 6 << 30).contains(
        "for 54542 items and may take 6.0 GiB; frequentItems=27271 would take "))
    configuration.frequentItems = 27_271
    let smaller = MemoryForecast(
      .ease, on: data, configuration: configuration, candidates: 50)
    #expect(smaller.fits(6 << 30))
  }

  @Test func whatIsLeftOutListsNothing() throws {
    for name in BackboneName.allCases where name.isBaseline {
      let nothing = TrainedBackbone.leftOut(
        name, configuration: .defaults(for: name), users: 3, candidates: 10, because: "no room")
      let artifact = nothing.predictions.artifact(backbone: name, seed: 1)
      let read = try Predictions(artifact: artifact)
      #expect(read == nothing.predictions)
      #expect(read.testItems.allSatisfy { $0 == -1 })
      #expect(nothing.leftOut == "no room" && nothing.bestValidation == nil)
    }
  }
}

/// The simple models on some of the items.
@Suite struct FrequentItemsTests {
  private let data = TrainingData(
    train: histories([[0, 1, 4], [0, 1, 2], [1, 2, 4], [0, 3], [4, 1]], itemCount: 6),
    validation: targets([2, 4, 0, 1, 0]))

  @Test func easeOfAllItemsIsEaseAsItWas() throws {
    var configuration = small(.ease)
    let all = try train(.ease, data, configuration)
    configuration.frequentItems = 6
    let predictions = try train(.ease, data, configuration).predictions
    #expect(predictions == all.predictions)
    #expect(all.notes.isEmpty)
  }

  @Test func easeOfTheMostFrequentIsEaseOfAShopThatHasNoOthers() throws {
    // Items 0, 1, 2 and 4 have two interactions or more.
    var configuration = small(.ease)
    configuration.frequentItems = 4
    configuration.penalties = [3]
    let some = try train(.ease, data, configuration, candidates: 6)
    let without = TrainingData(
      train: histories([[0, 1, 4], [0, 1, 2], [1, 2, 4], [0], [4, 1]], itemCount: 6),
      validation: data.validation)
    configuration.frequentItems = 6
    let fewer = try train(.ease, without, configuration, candidates: 6)
    #expect(some.notes == ["EASE lists the 4 most frequent of 6 items"])
    // User 0 lacks 2, 3 and 5: 3 and 5 score 0 on both sides.
    let scores = { (trained: TrainedBackbone) in
      Dictionary(
        uniqueKeysWithValues: zip(
          trained.predictions.validationItems[..<6], trained.predictions.validationScores[..<6]
        ).filter { $0.0 >= 0 })
    }
    let (one, other) = (scores(some), scores(fewer))
    #expect(Set(one.keys) == [2, 3, 5] && one[3] == 0 && one[5] == 0)
    #expect(abs((one[2] ?? 0) - (other[2] ?? 1)) < 1e-6)
  }

  @Test func neighboursAreThoseOfTheFullMatrixOfSimilarities() throws {
    let split = leaveOneOut(generateShop(ShopOptions(users: 150, items: 120, interactions: 1200)))
    let items = split.catalogue.count
    let data = TrainingData(train: split.train, validation: split.validation)
    var configuration = BackboneConfiguration.defaults(for: .itemknn)
    configuration.penalties = [7]
    configuration.neighbours = 5
    let lists = try train(.itemknn, data, configuration, candidates: 10).predictions
    var together = [[Float]](repeating: [Float](repeating: 0, count: items), count: items)
    for user in 0..<split.users.count {
      for first in split.train.items(of: user) {
        for second in split.train.items(of: user) { together[Int(first)][Int(second)] += 1 }
      }
    }
    var weights = together.map { $0.map { _ in Float(0) } }
    for item in 0..<items {
      let near = (0..<items).filter { $0 != item }.map { other in
        (
          other: other,
          s: together[item][other]
            / (together[item][item].squareRoot() * together[other][other].squareRoot() + 7)
        )
      }.sorted { ($1.s, $0.other) < ($0.s, $1.other) }
      for (other, s) in near.prefix(5) { weights[other][item] = s }
    }
    for user in 0..<split.users.count {
      let history = split.train.items(of: user)
      for place in user * 10..<user * 10 + 10 where lists.validationItems[place] >= 0 {
        let expected = history.reduce(Float(0)) {
          $0 + weights[Int($1)][Int(lists.validationItems[place])]
        }
        #expect(lists.validationScores[place] == expected)
      }
    }
  }
}

/// Softmax over a sample of the items.
@Suite struct SampledSoftmaxTests {
  @Test(arguments: [BackboneName.sasrec, .bert4rec, .cl4srec])
  func aSampleTeachesWhatFollowsWhat(name: BackboneName) throws {
    var configuration = small(name)
    configuration.embeddingDimension = 16
    configuration.epochs = 60
    configuration.patience = 60
    configuration.dropout = 0
    configuration.fullSoftmaxItems = 10
    configuration.sampledItems = 12
    let trained = try train(name, circles(), configuration)
    #expect(trained.notes.count == 1 && trained.notes[0].hasPrefix("softmax over 12 sampled items"))
    #expect((trained.bestValidation ?? 0) > 0.8, "\(trained.bestValidation ?? 0)")
    // Up to the limit the softmax is over all items, and is drawn nothing for.
    configuration.epochs = 2
    configuration.fullSoftmaxItems = 20
    let full = try train(name, circles(), configuration)
    configuration.sampledItems = 3
    #expect(try train(name, circles(), configuration).predictions == full.predictions)
    #expect(full.notes.isEmpty)
  }

  @Test(arguments: [BackboneName.sasrec, .bert4rec, .cl4srec])
  func aKilledTrainingGoesOnToTheSameBits(name: BackboneName) throws {
    var configuration = small(name)
    configuration.fullSoftmaxItems = 1
    configuration.sampledItems = 8
    configuration.epochs = 4
    // A batch so small that the table is stepped row by row.
    configuration.batchSize = 1
    configuration.maximumLength = 2
    let straight = try train(name, circles(), configuration)
    let monitor = MemoryMonitor(killAfter: 2)
    #expect(throws: MemoryMonitor.Killed.self) {
      try train(name, circles(), configuration, monitor: monitor)
    }
    monitor.savesLeft = .max
    let resumed = try train(name, circles(), configuration, monitor: monitor)
    #expect(resumed.predictions == straight.predictions)
  }
}

/// Validation by some of the users.
@Suite struct ValidationPlanTests {
  private func plan(
    judges: Int, epoch: Double, user: Double,
    _ change: (inout BackboneConfiguration) -> Void = { _ in }
  ) -> ValidationPlan {
    var configuration = BackboneConfiguration.defaults(for: .mf)
    change(&configuration)
    return ValidationPlan(
      judges: (0..<judges).map { $0 * 2 }, cost: TrainingCost(epoch: epoch, user: user),
      configuration: configuration, seed: 3)
  }

  @Test func upToTenThousandAllAreRankedAfterEveryEpoch() {
    let plan = plan(judges: 10_000, epoch: 1, user: 1e9)
    #expect(plan.users.count == 10_000 && plan.interval == 1 && plan.patience == 15)
    #expect(!plan.isSample && plan.note == nil)
  }

  @Test func aSampleTakesAFifthOfTheTime() {
    let plan = plan(judges: 40_000, epoch: 4e9, user: 2e5)
    #expect(plan.users.count == 5000 && plan.interval == 1 && plan.patience == 15)
    #expect(plan.users == plan.users.sorted() && Set(plan.users).count == 5000)
    #expect(plan.users.allSatisfy { $0 % 2 == 0 } && (plan.users.last ?? 0) > 70_000)
    #expect(plan == self.plan(judges: 40_000, epoch: 4e9, user: 2e5))
    #expect(
      plan.note == "validation during training ranks 5000 of 40000 users every epoch")
  }

  @Test func shortEpochsAreValidatedInGroups() {
    let plan = plan(judges: 40_000, epoch: 2e9, user: 4e6)
    #expect(plan.users.count == 2000 && plan.interval == 16 && plan.patience == 2)
    let patient = self.plan(judges: 40_000, epoch: 2e9, user: 4e6) { $0.patience = 60 }
    #expect(patient.patience == 4)
    let seldom = self.plan(judges: 40_000, epoch: 2e9, user: 4e6) { $0.validationInterval = 20 }
    #expect(seldom.interval == 20 && seldom.users.count == 2500 && seldom.patience == 15)
  }

  @Test func whereThereIsTimeEverybodyIsRanked() {
    let plan = plan(judges: 40_000, epoch: 1e13, user: 4e6)
    #expect(plan.users.count == 40_000 && !plan.isSample)
    #expect(self.plan(judges: 40_000, epoch: 1, user: 0).users.count == 40_000)
  }
}
