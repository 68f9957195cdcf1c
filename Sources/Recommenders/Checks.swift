internal import Datasets

extension BackboneConfiguration {
  /// Throws `BackboneError.configuration` at the first hyperparameter out of its range.
  func check(_ backbone: BackboneName) throws {
    func require(_ holds: Bool, _ key: String, _ found: Any, _ expected: String) throws {
      if !holds {
        throw BackboneError.configuration(
          backbone: backbone, key: key, found: "\(found)", expected: expected)
      }
    }
    let atLeastOne = [
      ("embeddingDimension", embeddingDimension), ("batchSize", batchSize), ("epochs", epochs),
      ("patience", patience), ("validationInterval", validationInterval),
      ("negatives", negatives), ("maximumLength", maximumLength), ("blocks", blocks),
      ("heads", heads), ("layers", layers), ("candidateNegatives", candidateNegatives),
      ("neighbours", neighbours),
      ("crossLayers", crossLayers), ("attentionUnits", attentionUnits),
    ]
    for (key, value) in atLeastOne { try require(value >= 1, key, value, "at least 1") }
    try require(learningRate > 0 && learningRate.isFinite, "learningRate", learningRate, "above 0")
    try require(l2 >= 0 && l2.isFinite, "l2", l2, "at least 0")
    try require(dropout >= 0 && dropout < 1, "dropout", dropout, "at least 0 and below 1")
    try require(
      initialDeviation >= 0 && initialDeviation.isFinite, "initialDeviation", initialDeviation,
      "at least 0")
    try require(hiddenUnits.allSatisfy { $0 > 0 }, "hiddenUnits", hiddenUnits, "widths above 0")
    try require(maskRate > 0 && maskRate < 1, "maskRate", maskRate, "above 0 and below 1")
    try require(
      edgeDropout >= 0 && edgeDropout < 1, "edgeDropout", edgeDropout, "at least 0 and below 1")
    try require(
      contrastWeight >= 0 && contrastWeight.isFinite, "contrastWeight", contrastWeight,
      "at least 0")
    try require(temperature > 0 && temperature.isFinite, "temperature", temperature, "above 0")
    try require(confidence >= 0 && confidence.isFinite, "confidence", confidence, "at least 0")
    try require(
      interactionUnits.allSatisfy { $0 > 0 }
        && interactionUnits.dropLast().allSatisfy { $0 % 2 == 0 }, "interactionUnits",
      interactionUnits, "numbers above 0, all but the last even")
    if backbone.task == .sequential || backbone == .autoint {
      try require(
        embeddingDimension % heads == 0, "heads", heads,
        "a divisor of embeddingDimension (\(embeddingDimension))")
    }
    if [.ease, .bias, .als, .itemknn].contains(backbone) {
      try require(
        !penalties.isEmpty && penalties.allSatisfy { $0 > 0 && $0.isFinite }, "penalties",
        penalties, "one or more numbers above 0")
    }
  }
}

extension TrainingData {
  /// Throws `BackboneError.mismatch` where parts do not belong to the same users and items.
  func check() throws {
    func require(_ what: String, _ found: Int, _ expected: Int) throws {
      if found != expected {
        throw BackboneError.mismatch(what: what, found: found, expected: expected)
      }
    }
    let (users, items) = (train.userCount, train.itemCount)
    try require("users of the validation targets", validation.items.count, users)
    if let validationUsers {
      try require("flags of validation users", validationUsers.count, users)
    }
    if let questions { try require("users of the questions", questions.count, users) }
    if let trainingHistories {
      try require("users of the training sequences", trainingHistories.userCount, users)
      try require("items of the training sequences", trainingHistories.itemCount, items)
    }
    for field in features?.fields ?? [] {
      try require(
        "rows of field \(field.name)", field.rowCount, field.side == .user ? users : items)
    }
    for item in [validation.items, questions ?? []].joined() where item >= items {
      throw BackboneError.mismatch(
        what: "items of the catalogue, by the largest target", found: items,
        expected: Int(item) + 1)
    }
    for pair in pairs {
      let fits =
        (0..<Int32(users)).contains(pair.user) && (0..<Int32(items)).contains(pair.preferred)
        && (0..<Int32(items)).contains(pair.other) && pair.weight.isFinite
      if !fits {
        throw BackboneError.pair(pair, users: users, items: items)
      }
    }
  }
}
