public import Datasets

/// Histories from lists, with rating 1 unless given; times count interactions.
public func histories(
  _ lists: [[Int32]], ratings: [[Float]]? = nil, itemCount: Int
) -> Histories {
  let items = lists.flatMap { $0 }
  return Histories(
    offsets: lists.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }, items: items,
    ratings: ratings?.flatMap { $0 } ?? [Float](repeating: 1, count: items.count),
    times: items.indices.map { Int64($0) }, itemCount: itemCount)
}

/// Targets with rating 0 unless given.
public func targets(_ items: [Int32], ratings: [Float]? = nil) -> Targets {
  Targets(items: items, ratings: ratings ?? [Float](repeating: 0, count: items.count))
}
