extension Assembly {
  /// MovieLens 100K: `u.data` (tab), `u.item` and `u.user` (`|`), ISO-8859-1.
  mutating func readMovieLens100K(ratings: String, movies: String, users: String) throws {
    let bar = Dialect.separated(by: Array("|".utf8))
    items.declare([("year", true), ("genres", false)])
    try scan("items", movies, bar) { record, assembly in
      guard record.count == 24 else { return .bad("\(record.count) fields, expected 24") }
      let title = record.text(1, .latin1) ?? ""
      var genres: [String] = []
      for (index, genre) in genresOf100K.enumerated() {
        switch record.integer(5 + index) {
        case 0: break
        case 1: if index > 0 { genres.append(genre) }
        default:
          return .bad("genre flag \(record.shown(5 + index)), expected 0 or 1")
        }
      }
      // Release dates are `01-Jan-1995`.
      let year = yearInTitle(title) ?? record.text(2, .latin1).flatMap { yearAtEnd($0) }
      return assembly.items.add(
        record, id: 0, .latin1, title: title, values: [year.map { [$0] } ?? [], genres])
    }
    self.users.declare([
      ("age", true), ("gender", false), ("occupation", false), ("zip", false),
    ])
    try scan("users", users, bar) { record, assembly in
      guard record.count == 5 else { return .bad("\(record.count) fields, expected 5") }
      guard record.integer(1) != nil else {
        return .bad("age \(record.shown(1)) is no whole number")
      }
      let values = (1...4).map { field in record.text(field, .latin1).map { [$0] } ?? [] }
      return assembly.users.add(record, id: 0, .latin1, values: values)
    }
    try scanMovieLensRatings(ratings, .separated(by: Array("\t".utf8)))
  }

  /// MovieLens 1M: `ratings.dat`, `movies.dat`, `users.dat`, `::` between fields, ISO-8859-1.
  mutating func readMovieLens1M(ratings: String, movies: String, users: String) throws {
    let colons = Dialect.separated(by: Array("::".utf8))
    items.declare([("year", true), ("genres", false)])
    try scan("items", movies, colons) { record, assembly in
      guard record.count == 3 else { return .bad("\(record.count) fields, expected 3") }
      let title = record.text(1, .latin1) ?? ""
      let genres = (record.text(2, .latin1) ?? "").split(separator: "|").map(String.init)
      return assembly.items.add(
        record, id: 0, .latin1, title: title,
        values: [yearInTitle(title).map { [$0] } ?? [], genres])
    }
    self.users.declare([
      ("age", false), ("gender", false), ("occupation", false), ("zip", false),
    ])
    try scan("users", users, colons) { record, assembly in
      guard record.count == 5 else { return .bad("\(record.count) fields, expected 5") }
      guard let age = record.integer(2).flatMap({ agesOf1M[$0] }) else {
        return .bad("age code \(record.shown(2)), expected 1, 18, 25, 35, 45, 50 or 56")
      }
      guard let code = record.integer(3), occupationsOf1M.indices.contains(Int(code)) else {
        return .bad("occupation code \(record.shown(3)), expected 0 to 20")
      }
      let gender = record.text(1, .latin1).map { [$0] } ?? []
      let zip = record.text(4, .latin1).map { [$0] } ?? []
      return assembly.users.add(
        record, id: 0, .latin1, values: [[age], gender, [occupationsOf1M[Int(code)]], zip])
    }
    try scanMovieLensRatings(ratings, colons)
  }

  /// `user, item, rating 1 to 5, timestamp`.
  private mutating func scanMovieLensRatings(_ path: String, _ dialect: Dialect) throws {
    try scan("interactions", path, dialect) { record, assembly in
      guard record.count == 4 else { return .bad("\(record.count) fields, expected 4") }
      guard let user = assembly.users.row(record, 0) else {
        return .bad("user \(record.shown(0)) is not in the users file")
      }
      guard let item = assembly.items.row(record, 1) else {
        return .bad("item \(record.shown(1)) is not in the items file")
      }
      guard let rating = record.integer(2), (1...5).contains(rating) else {
        return .bad("rating \(record.shown(2)), expected 1 to 5")
      }
      guard let time = record.integer(3) else {
        return .bad("timestamp \(record.shown(3)) is no whole number")
      }
      assembly.add(user: user, item: item, rating: Float(rating), time: time)
      return .kept
    }
  }
}

/// The year of `Title (1995)`, whatever follows the last such parenthesis.
func yearInTitle(_ title: String) -> String? {
  let bytes = Array(title.utf8)
  guard bytes.count >= 6 else { return nil }
  for start in stride(from: bytes.count - 6, through: 0, by: -1)
  where bytes[start] == UInt8(ascii: "(") && bytes[start + 5] == UInt8(ascii: ")") {
    let digits = bytes[(start + 1)..<(start + 5)]
    if digits.allSatisfy({ (0x30...0x39).contains($0) }) {
      return String(decoding: digits, as: UTF8.self)
    }
  }
  return nil
}

private func yearAtEnd(_ date: String) -> String? {
  let year = date.suffix(4)
  return year.utf8.count == 4 && year.utf8.allSatisfy { (0x30...0x39).contains($0) }
    ? String(year) : nil
}

/// The flags of `u.item` in the order of `u.genre`; the first, `unknown`, means no genre.
private let genresOf100K = [
  "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary",
  "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi",
  "Thriller", "War", "Western",
]

/// The age codes of `users.dat`, as its README explains them.
private let agesOf1M: [Int64: String] = [
  1: "under 18", 18: "18-24", 25: "25-34", 35: "35-44", 45: "45-49", 50: "50-55", 56: "56+",
]

/// The occupation codes of `users.dat` from 0, as its README explains them.
private let occupationsOf1M = [
  "other", "academic/educator", "artist", "clerical/admin", "college/grad student",
  "customer service", "doctor/health care", "executive/managerial", "farmer", "homemaker",
  "K-12 student", "lawyer", "programmer", "retired", "sales/marketing", "scientist",
  "self-employed", "technician/engineer", "tradesman/craftsman", "unemployed", "writer",
]
