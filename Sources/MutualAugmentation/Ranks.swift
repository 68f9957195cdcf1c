extension [Float] {
  /// The 0-based rank of the candidate at a place of a list, when these scores order the list.
  ///
  /// A candidate with the same score counts as before it when it stands before it in the list.
  func rank(ofPlace place: Int) -> Int {
    indices.count { self[$0] > self[place] || (self[$0] == self[place] && $0 < place) }
  }

  /// Where the largest number stands, the first of equals; 0 in an empty array.
  var firstMaximum: Int { indices.reduce(0) { self[$1] > self[$0] ? $1 : $0 } }
}
