public import Tensors

/// The most similar user of each user, argmax over v ≠ u of cosine(e_u, e_v) (paper equation 4).
///
/// Ties go to the lower index. Cost: U² · D multiply-adds, in blocks of rows.
///
/// - Parameters:
///   - embeddings: U × D, the backbone's user embeddings; a zero row is similar to nobody, and nobody to it.
///   - candidates: Which users may be named (those with a history to show); nil for all.
/// - Returns: U user indices, −1 where there is nobody.
public func mostSimilarUsers(_ embeddings: Matrix, among candidates: [Bool]? = nil) -> [Int32] {
  let (users, width) = (embeddings.rows, embeddings.columns)
  var unit = embeddings
  var hasDirection = [Bool](repeating: false, count: users)
  for row in 0..<users {
    let range = row * width..<(row + 1) * width
    let norm = unit.values[range].reduce(0) { $0 + $1 * $1 }.squareRoot()
    hasDirection[row] = norm > 0
    if norm > 0 { for i in range { unit.values[i] /= norm } }
  }
  let eligible = (0..<users).map { hasDirection[$0] && candidates?[$0] ?? true }
  var result: [Int32] = []
  result.reserveCapacity(users)
  let block = 256
  for start in stride(from: 0, to: users, by: block) {
    let end = min(start + block, users)
    let cosines = unit.rows(start..<end).multiplied(by: unit, transposed: true)
    for user in start..<end {
      let row = cosines[row: user - start]
      var best: Int32 = -1
      var bestCosine = -Float.infinity
      for (other, cosine) in row.enumerated()
      where cosine > bestCosine && other != user && hasDirection[user] && eligible[other] {
        best = Int32(other)
        bestCosine = cosine
      }
      result.append(best)
    }
  }
  return result
}
