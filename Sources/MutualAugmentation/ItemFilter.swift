public import Datasets
public import Foundations

/// Which items may be listed.
public struct ItemFilter: Sendable {
  /// One flag an item of the catalogue.
  public let allows: [Bool]

  /// Reads the filters.
  ///
  /// - Parameters:
  ///   - catalogue: The items.
  ///   - exclude: Ids of items that are never listed.
  ///   - keep: `ATTRIBUTE=VALUE`; with any, only items with one of these values are listed.
  ///   - drop: `ATTRIBUTE=VALUE`; items with one of these values are not listed.
  /// - Throws: `ItemFilterError` for an id, an attribute or a value that the catalogue lacks, and where nothing is
  ///   left.
  public init(
    _ catalogue: Entities, exclude: [String], keep: [String], drop: [String]
  ) throws {
    let known = Set(catalogue.ids)
    for id in exclude where !known.contains(id) {
      throw ItemFilterError(
        "exclude: found item \(id)\(Suggestion.after(id, catalogue.ids)), expected an id of the "
          + "catalogue")
    }
    func having(_ filters: [String], _ parameter: String) throws -> [Bool] {
      var result = [Bool](repeating: false, count: catalogue.count)
      for filter in filters {
        let parts = filter.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
          throw ItemFilterError("\(parameter): found \(filter), expected ATTRIBUTE=VALUE")
        }
        guard let attribute = catalogue.attribute(parts[0]) else {
          let names = catalogue.attributes.map(\.name)
          throw ItemFilterError(
            "\(parameter): found attribute \(parts[0])\(Suggestion.after(parts[0], names)), "
              + "expected one of \(names.joined(separator: ", "))")
        }
        let rows = result.indices.filter { attribute.values[$0].contains(parts[1]) }
        guard !rows.isEmpty else {
          let values = Set(attribute.values.joined()).sorted()
          throw ItemFilterError(
            "\(parameter): found \(filter), which no item has\(Suggestion.after(parts[1], values)), expected one of "
              + "the \(values.count) values of \(parts[0])")
        }
        for row in rows { result[row] = true }
      }
      return result
    }
    let kept = try having(keep, "keep")
    let dropped = try having(drop, "drop")
    let excluded = Set(exclude)
    allows = catalogue.ids.indices.map {
      (keep.isEmpty || kept[$0]) && !dropped[$0] && !excluded.contains(catalogue.ids[$0])
    }
    guard allows.contains(true) else {
      throw ItemFilterError(
        "keep, drop and exclude: found no item that all of them allow, expected some")
    }
  }
}

/// A filter that names what the catalogue lacks.
public struct ItemFilterError: DataError, Equatable, CustomStringConvertible {
  public let description: String
  public var isDataError: Bool { false }

  init(_ description: String) { self.description = description }
}
