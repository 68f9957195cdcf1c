import Datasets
import Evaluation
import Foundation
public import Foundations

/// One user's published list, and what stands behind it.
public struct UserRecommendations: Sendable {
  private let list: Recommendations.List
  private let rows: ArraySlice<Recommendations.Entry>
  private let recommendations: Recommendations
  private let delivery: Delivery

  /// Looks a user up.
  ///
  /// - Parameters:
  ///   - user: The id in the user's own files.
  ///   - count: How many items to show at most; nil for all of the list.
  ///   - publication: The lists.
  /// - Throws: `UnknownUserError`; `FileError`, `DeliveryError` or `ArtifactError` where the publication cannot be
  ///   read.
  public init(of user: String, count: Int?, in publication: Publication) throws {
    delivery = try publication.delivery()
    recommendations = try publication.recommendations()
    guard let list = recommendations.lists.first(where: { $0.user == user }) else {
      throw UnknownUserError(
        user: user, users: recommendations.lists.map(\.user),
        profile: publication.evaluation.profile)
    }
    self.list = list
    rows = list.entries.prefix(count ?? list.entries.count)
  }

  private func title(_ item: Int32) -> String { recommendations.titles[Int(item)] }
  private func id(_ item: Int32) -> String { recommendations.itemIDs[Int(item)] }

  /// A table of the items, then a line each on what weighs how much and on what the prompt showed.
  public var text: String {
    let table = TextTable(
      titles: [
        "rank", "item", "title", "score", delivery.backbone, "its rank", "language model",
        "its rank",
        "source",
      ],
      rows: rows.enumerated().map { place, entry in
        [
          "\(place + 1)", id(entry.item), title(entry.item), number(entry.score),
          number(entry.recommenderScore), rank(entry.recommenderRank),
          number(entry.languageModelScore), rank(entry.languageModelRank), entry.source.rawValue,
        ]
      }, rightAligned: [0, 3, 4, 5, 6, 7])
    return ([list.entries.isEmpty ? "the list is empty" : table.plain, "", weight] + shown)
      .joined(separator: "\n")
  }

  private func rank(_ value: Int) -> String { value == 0 ? "" : "\(value)" }

  private func number(_ value: Float) -> String { Format.decimal(Double(value), 4) }

  private var weight: String {
    let count = list.interactions
    guard count > 0 else {
      return "N(u) = 0: without a history the items are those that most others have"
    }
    return
      "N(u) = \(count), α_u = \(Format.decimal(Double(list.alpha), 2)): the language model has this "
      + "share of the score and \(delivery.backbone) the rest; \(reason)"
  }

  /// Why the user has this weight: the numbers of equation 7.
  private var reason: String {
    let known = recommendations.lists.map(\.interactions).filter { $0 > 0 }
    guard let alpha2 = delivery.choices["alpha2"], let least = known.min(), let most = known.max()
    else { return "the same for every user, as validation chose" }
    let alpha1 = delivery.choices["alpha1"] ?? ""
    func tail(_ count: Int) -> Double { Foundation.log(Double(count + 1)) }
    let share =
      least == most ? 0 : (tail(most) - tail(list.interactions)) / (tail(most) - tail(least))
    return
      "α_u = α₁ · max(share, α₂) (equation 7) with α₁ \(alpha1) and α₂ \(alpha2), chosen on validation, and "
      + "a share of \(Format.decimal(share, 2)): users have \(least) to \(most) interactions, and the fewer, "
      + "the larger it is"
  }

  private var shown: [String] {
    [
      ("own history in the prompt", list.shown), ("most similar user in the prompt", list.similar),
      ("hints of \(delivery.backbone) in the prompt", list.hints),
    ].map { label, items in
      "\(label): " + (items.isEmpty ? "none" : items.map(title).joined(separator: "; "))
    }
  }

  /// One JSON object: `user`, `interactions`, `alpha`, `task`, `backbone`, `items` and, as item and title, `shown`,
  /// `similar` and `hints`.
  public var json: String {
    func names(_ item: Int32) -> [String: JSONValue] {
      ["item": .string(id(item)), "title": .string(title(item))]
    }
    func all(_ items: [Int32]) -> JSONValue { .array(items.map { .sorted(names($0)) }) }
    let items = rows.enumerated().map { place, entry -> JSONValue in
      let numbers: [String: JSONValue] = [
        "rank": .integer(place + 1), "score": value(entry.score),
        "recommender_score": value(entry.recommenderScore),
        "language_model_score": value(entry.languageModelScore),
        "recommender_rank": .integer(entry.recommenderRank),
        "language_model_rank": .integer(entry.languageModelRank),
        "source": .string(entry.source.rawValue),
      ]
      return .sorted(numbers.merging(names(entry.item)) { first, _ in first })
    }
    return JSONValue.sorted([
      "user": .string(list.user), "interactions": .integer(list.interactions),
      "alpha": value(list.alpha), "task": .string(delivery.task.rawValue),
      "backbone": .string(delivery.backbone), "items": .array(items), "shown": all(list.shown),
      "similar": all(list.similar), "hints": all(list.hints),
    ]).canonical
  }

  /// A Float's own digits are shorter than those of the Double with the same value.
  private func value(_ value: Float) -> JSONValue { .number(Double("\(value)") ?? Double(value)) }
}

/// A user whom the published lists do not have.
public struct UnknownUserError: DataError, Equatable, CustomStringConvertible {
  public let user: String
  /// The users with the nearest ids, nearest first.
  public let nearest: [String]
  /// How many users have a list.
  public let count: Int
  public let profile: String
  public var isDataError: Bool { true }

  private static let suggestions = 3

  init(user: String, users: [String], profile: String) {
    var others = users
    var nearest: [String] = []
    while nearest.count < Self.suggestions,
      let guess = Suggestion.nearest(to: user, among: others)
    {
      nearest.append(guess)
      others.removeAll { $0 == guess }
    }
    self.user = user
    self.nearest = nearest
    self.profile = profile
    count = users.count
  }

  public var description: String {
    let guess = nearest.isEmpty ? "" : "; did you mean \(nearest.joined(separator: ", "))?"
    return
      "--user \(user): found no such user among the \(count) of profile \(profile), expected an id of "
      + "the user's own files\(guess)"
  }
}

extension Delivery {
  /// `NDCG@10 0.1234`.
  var figure: String { "\(metric.rawValue) \(Format.decimal(validation, 4))" }
}
