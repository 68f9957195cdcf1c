import Foundations

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The data sets that can be read, and those that are generated.
public enum DatasetFormat: String, CaseIterable, Sendable, Codable {
  case movielens100k = "movielens-100k"
  case movielens1m = "movielens-1m"
  case bookCrossing = "book-crossing"
  case csv
  /// Generated films and people (`generateDemo`).
  case demo
  /// A generated shop (`generateShop`).
  case shop

  /// Where the publisher's layout keeps each file: role to path under the data directory.
  ///
  /// Each may also be found with `.zst` after its name. Empty for what is generated.
  public var standardFiles: [String: String] {
    switch self {
    case .movielens100k:
      ["interactions": "ml-100k/u.data", "items": "ml-100k/u.item", "users": "ml-100k/u.user"]
    case .movielens1m:
      [
        "interactions": "ml-1m/ratings.dat", "items": "ml-1m/movies.dat",
        "users": "ml-1m/users.dat",
      ]
    case .bookCrossing:
      [
        "interactions": "book-crossing/BX-Book-Ratings.csv",
        "items": "book-crossing/BX-Books.csv", "users": "book-crossing/BX-Users.csv",
      ]
    case .csv:
      ["interactions": "interactions.csv", "items": "items.csv", "users": "users.csv"]
    case .demo, .shop: [:]
    }
  }

  /// The paths, role by role, of the standard files under a directory.
  ///
  /// Each is the plain file if that exists, else the `.zst` one; where neither does, an optional
  /// role is left out and a required one gets the plain path, for the reader to report. A file that is
  /// there and cannot be read is not taken for one that is not there.
  public func files(in directory: String) -> [String: String] {
    var found: [String: String] = [:]
    for (role, name) in standardFiles {
      let plain = "\(directory)/\(name)"
      let candidates = [plain, plain + ".zst"]
      if let path = candidates.first(where: Files.exists) {
        found[role] = path
      } else if requiredRoles.contains(role) {
        found[role] = plain
      }
    }
    return found
  }

  /// The roles without which the format cannot be read, in the order they are asked for.
  public var requiredRoles: [String] {
    switch self {
    case .movielens100k, .movielens1m, .bookCrossing: ["interactions", "items", "users"]
    case .csv: ["interactions"]
    case .demo, .shop: []
    }
  }

  /// The lowest rating that counts as a like: 4 of 5, or 8 of 10.
  public var likeThreshold: Float { self == .bookCrossing ? 8 : 4 }

  /// The k of the k-core the reader keeps: 5 for Book-Crossing, 0 (everything) elsewhere.
  public var core: Int { self == .bookCrossing ? 5 : 0 }
}

/// Which interactions count as positives.
public enum Positives: String, CaseIterable, Sendable, Codable {
  /// Every interaction, whatever its rating.
  case all
  /// Interactions rated at or above the data set's like threshold.
  case likes
}

/// What may be changed about reading a data set.
public struct ReadOptions: Sendable, Equatable {
  /// The share of bad lines in a file above which the whole file is refused.
  public var maximumBadShare: Double
  /// The lowest rating that counts as a like; nil: the format's own.
  public var likeThreshold: Float?
  /// Keep only users and items with that many interactions, iterated; nil: the format's own.
  public var core: Int?

  public init(
    maximumBadShare: Double = 0.001, likeThreshold: Float? = nil, core: Int? = nil
  ) {
    self.maximumBadShare = maximumBadShare
    self.likeThreshold = likeThreshold
    self.core = core
  }
}
