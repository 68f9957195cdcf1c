internal import Datasets

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
