/// How the values of one attribute become integers from 1; 0 is missing or unknown.
struct AttributeEncoding {
  private enum Rule {
    /// Each value has a code of its own.
    case dictionary([String: Int32])
    /// The code is the number of lower bounds at or below the value.
    case buckets(lowerBounds: [Double])
    /// Each number has a code of its own.
    case numbers([Double: Int32])
  }

  private let rule: Rule
  private let isZip: Bool
  /// Codes lie in `0..<cardinality`.
  let cardinality: Int

  /// Numbers with more different values than this are put into buckets.
  static let mostNumbers = 128
  static let quantiles = 32
  /// The age groups of MovieLens 1M: under 18, 18-24, 25-34, 35-44, 45-49, 50-55, 56 and over.
  static let ages: [Double] = [-.infinity, 18, 25, 35, 45, 50, 56]

  /// Learns the codes from the rows that are `seen`.
  init(_ attribute: Attribute, seen: [Bool]) {
    isZip = attribute.name == "zip"
    let values = zip(attribute.values, seen).filter(\.1).flatMap(\.0)
    if attribute.isNumeric {
      let numbers = values.compactMap(Self.number).sorted()
      let distinct = numbers.reduce(into: [Double]()) { if $0.last != $1 { $0.append($1) } }
      if attribute.name == "age" {
        rule = .buckets(lowerBounds: Self.ages)
        cardinality = Self.ages.count + 1
      } else if distinct.count <= Self.mostNumbers {
        rule = .numbers(numbered(distinct))
        cardinality = distinct.count + 1
      } else {
        var bounds = [-Double.infinity]
        for quantile in 1..<Self.quantiles {
          let bound = numbers[numbers.count * quantile / Self.quantiles]
          if bound > bounds[bounds.count - 1] { bounds.append(bound) }
        }
        rule = .buckets(lowerBounds: bounds)
        cardinality = bounds.count + 1
      }
    } else {
      let isZip = isZip
      let keys = Set(values.map { isZip ? String($0.prefix(1)) : $0 })
      let sorted = keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      rule = .dictionary(numbered(sorted))
      cardinality = sorted.count + 1
    }
  }

  /// The codes of one row's values, without repeats; `[0]` where none is known.
  func codes(_ values: [String]) -> [Int32] {
    var codes: [Int32] = []
    for value in values {
      let code = code(value)
      if code > 0, !codes.contains(code) { codes.append(code) }
    }
    return codes.isEmpty ? [0] : codes
  }

  /// A finite number; NaN and infinities are missing like an empty field.
  private static func number(_ value: String) -> Double? {
    Double(value).flatMap { $0.isFinite ? $0 : nil }
  }

  private func code(_ value: String) -> Int32 {
    switch rule {
    case .dictionary(let codes): codes[isZip ? String(value.prefix(1)) : value] ?? 0
    case .numbers(let codes): Self.number(value).flatMap { codes[$0] } ?? 0
    case .buckets(let lowerBounds):
      Self.number(value).map { number in Int32(lowerBounds.count { $0 <= number }) } ?? 0
    }
  }
}

/// Numbers keys from 1 in their order.
private func numbered<Key: Hashable>(_ keys: [Key]) -> [Key: Int32] {
  Dictionary(uniqueKeysWithValues: zip(keys, Int32(1)...))
}
