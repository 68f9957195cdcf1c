import Recommenders
import Tensors
import TestSupport
import Testing

@Suite("Gradients of the recommenders' operations agree with central differences")
struct OperationGradientTests {
  @Test("of interactions of fields", arguments: interactions)
  func interactionsOfFields(_ function: GradientCase) { function.check() }

  @Test("of ranking losses", arguments: rankingLosses)
  func rankingLossFunctions(_ function: GradientCase) { function.check() }
}

// Widths of 8 and 11 take the vector loops and their remainders.

private let bags: FieldBags = {
  var bags = FieldBags(fields: 2)
  for cell: [Int32] in [[0], [3, 1, 1], [], [4], [2, 0, 4, 3], [1]] { bags.append(cell[...]) }
  return bags
}()

private let interactions = [
  // Biases of 9 keep every map on the rising side of the rectifier.
  GradientCase("feature maps of the fields' own products", [(5, 3), (4, 9)]) { tape, x in
    tape.featureMaps(
      x[0], x[0], weight: x[1], bias: tape.constant(Matrix(rows: 1, columns: 4, repeating: 9)))
  },
  GradientCase("feature maps of maps", [(5, 9), (5, 3), (2, 27)]) { tape, x in
    tape.featureMaps(
      tape.add(x[0], tape.constant(Matrix(rows: 5, columns: 9, repeating: 2))), x[1],
      weight: x[2], bias: tape.constant(Matrix(rows: 1, columns: 2, repeating: 40)))
  },
  GradientCase("the bias of feature maps", [(1, 4)], avoidsZero: true) { tape, x in
    let zero = tape.constant(Matrix(rows: 3, columns: 2))
    let weight = tape.constant(Matrix(rows: 4, columns: 4, repeating: 1))
    return tape.featureMaps(zero, zero, weight: weight, bias: x[0])
  },
  GradientCase("field attention", [(27, 4), (27, 4), (27, 4)]) {
    $0.fieldAttention(queries: $1[0], keys: $1[1], values: $1[2], fields: 3, heads: 2)
  },
  GradientCase("mean embeddings with repeated and empty cells", [(5, 11)]) {
    $0.meanEmbeddings($1[0], bags)
  },
  GradientCase("factorisation machine", [(3, 12)]) {
    $0.factorizationMachine($1[0], fields: 4)
  },
]

private let triples: RankingTriples = {
  var triples = RankingTriples()
  triples.append(user: 0, preferred: 3, other: 1)
  triples.append(user: 2, preferred: 0, other: 3, weight: 0.3)
  triples.append(user: 0, preferred: 3, other: 4, weight: 2)
  triples.append(user: 1, preferred: 2, other: 2, weight: 1.5)
  return triples
}()

private let rankingLosses = [
  GradientCase("BPR", [(9, 1), (9, 1)]) {
    $0.bayesianPersonalizedRanking(positive: $1[0], negative: $1[1])
  },
  GradientCase("weighted BPR", [(3, 1), (3, 1)]) {
    $0.bayesianPersonalizedRanking(positive: $1[0], negative: $1[1], weights: [2, 0.5, 1])
  },
  GradientCase("BPR of tables", [(3, 11), (5, 11)]) {
    $0.bayesianPersonalizedRanking(users: $1[0], items: $1[1], triples: triples, l2: 0)
  },
  GradientCase("BPR within one table", [(5, 11)]) {
    $0.bayesianPersonalizedRanking(users: $1[0], items: $1[0], triples: triples, l2: 0.6)
  },
  GradientCase("BPR of tables with regularisation", [(3, 8), (5, 8)]) {
    $0.bayesianPersonalizedRanking(users: $1[0], items: $1[1], triples: triples, l2: 0.6)
  },
]
