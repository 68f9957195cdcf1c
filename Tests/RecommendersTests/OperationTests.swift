import Tensors
import Testing

/// The fused operations that the backbones brought, against compositions of the plain ones.
@Suite struct OperationTests {
  /// Largest difference allowed between two ways of summing the same few products in Float.
  private let tolerance: Float = 2e-6

  private func parameter(_ name: String, _ rows: Int, _ columns: Int) -> Parameter {
    var random = SeededRandom(seed: 3, purpose: name)
    return Parameter(name, .normal(rows: rows, columns: columns, deviation: 0.5, using: &random))
  }

  private func expectClose(_ a: Matrix, _ b: Matrix, _ what: String) {
    #expect(a.rows == b.rows && a.columns == b.columns)
    let difference = zip(a.values, b.values).map { abs($0 - $1) }.max() ?? 0
    #expect(difference < tolerance, "\(what): largest difference \(difference)")
  }

  /// Loss and gradients of a computation on its parameters.
  private func run(
    _ parameters: [Parameter], _ loss: (Tape) -> Variable
  ) -> (loss: Matrix, gradients: [Matrix]) {
    let tape = Tape()
    let value = loss(tape)
    tape.backward(from: value)
    let gradients = parameters.map(\.gradient)
    Adam(parameters, .init(learningRate: 0)).step()
    return (value.value, gradients)
  }

  private func expectSame(
    _ parameters: [Parameter], fused: (Tape) -> Variable, plain: (Tape) -> Variable
  ) {
    let (a, b) = (run(parameters, fused), run(parameters, plain))
    expectClose(a.loss, b.loss, "loss")
    for (index, parameter) in parameters.enumerated() {
      expectClose(a.gradients[index], b.gradients[index], parameter.name)
    }
    #expect(a.gradients.contains { $0.values.contains { $0 != 0 } })
  }

  @Test(arguments: [Float(0), 0.3])
  func fusedRankingLossEqualsGathersAndDots(l2: Float) {
    let (users, items) = (parameter("users", 4, 11), parameter("items", 5, 11))
    var triples = RankingTriples()
    triples.append(user: 0, preferred: 1, other: 2)
    triples.append(user: 3, preferred: 4, other: 1, weight: 0.25)
    triples.append(user: 0, preferred: 2, other: 1, weight: 2)
    triples.append(user: 1, preferred: 3, other: 3)
    expectSame([users, items]) { tape in
      tape.bayesianPersonalizedRanking(
        users: tape.parameter(users), items: tape.parameter(items), triples: triples, l2: l2)
    } plain: { tape in
      let u = tape.gather(tape.parameter(users), rows: triples.users)
      let i = tape.gather(tape.parameter(items), rows: triples.preferred)
      let j = tape.gather(tape.parameter(items), rows: triples.others)
      let loss = tape.bayesianPersonalizedRanking(
        positive: tape.rowDot(u, i), negative: tape.rowDot(u, j), weights: triples.weights)
      let norm = tape.halfSquaredNorm(tape.stack([u, i, j]))
      return tape.add(loss, tape.scale(norm, by: l2 / Float(triples.count)))
    }
  }

  @Test func fusedSoftmaxEqualsLogitsAndCrossEntropy() {
    // More rows than one chunk.
    let (x, table) = (parameter("x", 300, 6), parameter("table", 9, 6))
    let classes = (0..<300).map { Int32($0 * 7 % 9) }
    expectSame([x, table]) { tape in
      tape.softmaxCrossEntropy(
        tape.parameter(x), table: tape.parameter(table), targets: classes)
    } plain: { tape in
      tape.softmaxCrossEntropy(
        tape.linear(tape.parameter(x), weight: tape.parameter(table)), targets: classes)
    }
  }

  @Test func pooledFieldsEqualASparseProduct() {
    let table = parameter("table", 6, 3)
    var bags = FieldBags(fields: 2)
    for cell: [Int32] in [[0], [1, 2, 5], [], [3, 3]] { bags.append(cell[...]) }
    #expect(bags.rows == 2)
    let sparse = SparseMatrix(
      columnCount: 6, offsets: [0, 1, 4, 4, 6], columns: [0, 1, 2, 5, 3, 3],
      values: [1, 1 / 3, 1 / 3, 1 / 3, 0.5, 0.5])
    let transposed = sparse.transposed()
    expectSame([table]) { tape in
      tape.halfSquaredNorm(tape.meanEmbeddings(tape.parameter(table), bags))
    } plain: { tape in
      tape.halfSquaredNorm(tape.multiply(sparse, transposed: transposed, tape.parameter(table)))
    }
    let tape = Tape(recording: false)
    let pooled = tape.meanEmbeddings(tape.parameter(table), bags).value
    #expect(pooled.rows == 2 && pooled.columns == 6)
    #expect(Array(pooled[row: 1].prefix(3)) == [0, 0, 0])
  }

  @Test func factorizationMachineEqualsTheSumOverPairs() {
    let fields = (0..<4).map { parameter("field \($0)", 3, 5) }
    expectSame(fields) { tape in
      tape.halfSquaredNorm(
        tape.factorizationMachine(tape.concatenate(fields.map(tape.parameter)), fields: 4))
    } plain: { tape in
      var sum = tape.constant(Matrix(rows: 3, columns: 1))
      for f in 0..<4 {
        for g in 0..<f {
          sum = tape.add(sum, tape.rowDot(tape.parameter(fields[f]), tape.parameter(fields[g])))
        }
      }
      return tape.halfSquaredNorm(sum)
    }
  }

  @Test func aRowSparseTableIsUpdatedWhereItWasLookedUp() {
    let start = Matrix(rows: 4, columns: 2, repeating: 1)
    let table = Parameter("table", start, rowSparse: true)
    var bags = FieldBags(fields: 1)
    bags.append([2])
    let tape = Tape()
    tape.backward(
      from: tape.halfSquaredNorm(tape.meanEmbeddings(tape.parameter(table), bags)))
    Adam([table]).step()
    let changed = (0..<4).filter { table.value[row: $0] != start[row: $0] }
    #expect(changed == [2])
  }
}
