/// Finds the valid name that a mistyped one most likely meant.
enum Suggestion {
  /// The candidate with the fewest edits, if they are at most two or a third of the longer name.
  static func nearest(to name: String, among candidates: [String]) -> String? {
    let scored = candidates.map {
      (name: $0, distance: distance(name.lowercased(), $0.lowercased()))
    }
    guard let best = scored.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }) else {
      return nil
    }
    let length = max(name.count, best.name.count)
    return best.distance <= max(2, length / 3) && best.distance < length ? best.name : nil
  }

  /// The insertions, deletions and substitutions that turn one text into the other.
  private static func distance(_ first: String, _ second: String) -> Int {
    let second = Array(second)
    var last = Array(0...second.count)
    for (i, letter) in first.enumerated() {
      var row = [i + 1]
      for (j, other) in second.enumerated() {
        row.append(min(last[j] + (letter == other ? 0 : 1), last[j + 1] + 1, row[j] + 1))
      }
      last = row
    }
    return last[second.count]
  }
}
