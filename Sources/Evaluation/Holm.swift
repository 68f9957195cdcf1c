/// p-values adjusted for being several (Holm 1979, "A Simple Sequentially Rejective Multiple Test Procedure",
/// Scandinavian Journal of Statistics 6): calling those below a level significant errs in any of them with at most
/// that probability.
///
/// - Parameter pValues: One a comparison of the family.
/// - Returns: As many, in the same order: of the k-th smallest of n, p · (n − k + 1), at least that of the one
///   before it and at most 1.
public func holmAdjusted(_ pValues: [Double]) -> [Double] {
  var adjusted = pValues
  var least = 0.0
  for (rank, index) in pValues.indices.sorted(by: { pValues[$0] < pValues[$1] }).enumerated() {
    least = max(least, min(1, pValues[index] * Double(pValues.count - rank)))
    adjusted[index] = least
  }
  return adjusted
}
