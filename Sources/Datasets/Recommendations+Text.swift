internal import Foundations

extension Recommendations {
  /// The lists as CSV: `user,rank,item,score,recommender_score,language_model_score,source`.
  public var table: String {
    var text = "user,rank,item,score,recommender_score,language_model_score,source\n"
    for list in lists {
      let user = Escaping.csv(list.user)
      for (index, entry) in list.entries.enumerated() {
        text +=
          "\(user),\(index + 1),\(Escaping.csv(itemIDs[Int(entry.item)])),\(entry.score),"
          + "\(entry.recommenderScore),\(entry.languageModelScore),\(entry.source.rawValue)\n"
      }
    }
    return text
  }

  /// The lists as JSON Lines: a line a user, its items with titles.
  public var lines: String {
    func number(_ value: Float) -> JSONValue { .number(Double("\(value)") ?? Double(value)) }
    return lists.map { list in
      let items = list.entries.enumerated().map { index, entry -> JSONValue in
        .object([
          .init("rank", .integer(index + 1)), .init("item", .string(itemIDs[Int(entry.item)])),
          .init("title", .string(titles[Int(entry.item)])), .init("score", number(entry.score)),
          .init("recommender_score", number(entry.recommenderScore)),
          .init("language_model_score", number(entry.languageModelScore)),
          .init("source", .string(entry.source.rawValue)),
        ])
      }
      return JSONValue.object([
        .init("user", .string(list.user)), .init("items", .array(items)),
      ]).text + "\n"
    }.joined()
  }
}
