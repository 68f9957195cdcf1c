/// Finds the valid name that a mistyped one most likely meant.
public enum Suggestion {
  /// The candidate nearest to `name` by edit distance, if it is near enough to be meant.
  ///
  /// Near enough is at most a third of the longer name, and never less than two edits; ties go to
  /// the first candidate in alphabetical order.
  public static func nearest(to name: String, among candidates: [String]) -> String? {
    var best: (name: String, distance: Int)?
    for candidate in candidates.sorted() {
      let distance = distance(name.lowercased(), candidate.lowercased())
      let limit = max(2, max(name.count, candidate.count) / 3)
      guard distance <= limit, distance < max(name.count, candidate.count) else { continue }
      if let found = best, found.distance <= distance { continue }
      best = (candidate, distance)
    }
    return best?.name
  }

  /// The number of insertions, deletions, substitutions and swaps of neighbours between two texts.
  static func distance(_ first: String, _ second: String) -> Int {
    let first = Array(first)
    let second = Array(second)
    guard !first.isEmpty, !second.isEmpty else { return max(first.count, second.count) }
    var beforeLast = [Int](repeating: 0, count: second.count + 1)
    var last = Array(0...second.count)
    for i in 1...first.count {
      var row = [i] + [Int](repeating: 0, count: second.count)
      for j in 1...second.count {
        let cost = first[i - 1] == second[j - 1] ? 0 : 1
        row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost)
        if i > 1, j > 1, first[i - 1] == second[j - 2], first[i - 2] == second[j - 1] {
          row[j] = min(row[j], beforeLast[j - 2] + 1)
        }
      }
      beforeLast = last
      last = row
    }
    return last[second.count]
  }
}

extension Suggestion {
  /// `did you mean 'seed'? the stage takes seed, epochs`; the guess only where there is one.
  ///
  /// - Parameters:
  ///   - name: What was found.
  ///   - valid: What could have been meant.
  ///   - introduction: The words before the valid names.
  /// - Returns: A half sentence.
  public static func advice(_ name: String, _ valid: [String], _ introduction: String) -> String {
    guard !valid.isEmpty else { return "\(introduction) none" }
    let guess = nearest(to: name, among: valid).map { "did you mean '\($0)'? " } ?? ""
    return "\(guess)\(introduction) \(valid.joined(separator: ", "))"
  }

  /// A question to put behind a name that is unknown, with the nearest of the known ones; empty where none is near.
  public static func after(_ name: String, _ known: [String]) -> String {
    nearest(to: name, among: known).map { " (did you mean '\($0)'?)" } ?? ""
  }
}
