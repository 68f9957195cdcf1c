import Foundations
import Recommenders
import Tensors
import TestSupport
import Testing

/// The fused operations that the backbones brought, against compositions of the plain ones.
@Suite struct OperationTests {
  @Test(arguments: [Float(0), 0.3])
  func fusedRankingLossEqualsGathersAndDots(l2: Float) {
    let (users, items) = (normalParameter("users", 4, 11), normalParameter("items", 5, 11))
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

  @Test func pooledFieldsEqualASparseProduct() {
    let table = normalParameter("table", 6, 3)
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
    let fields = (0..<4).map { normalParameter("field \($0)", 3, 5) }
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

  @Test func biInteractionEqualsTheSumOverPairs() {
    let fields = (0..<4).map { normalParameter("field \($0)", 3, 5) }
    expectSame(fields) { tape in
      tape.halfSquaredNorm(
        tape.biInteraction(tape.concatenate(fields.map(tape.parameter)), fields: 4))
    } plain: { tape in
      var sum = tape.constant(Matrix(rows: 3, columns: 5))
      for f in 0..<4 {
        for g in 0..<f {
          sum = tape.add(sum, tape.multiply(tape.parameter(fields[f]), tape.parameter(fields[g])))
        }
      }
      return tape.halfSquaredNorm(sum)
    }
  }

  @Test func aCrossLayerEqualsItsFormula() {
    let (start, x) = (normalParameter("start", 3, 11), normalParameter("x", 3, 11))
    let (weight, bias) = (normalParameter("weight", 1, 11), normalParameter("bias", 1, 11))
    var unit = Matrix(rows: 11, columns: 11)
    for i in 0..<11 { unit[i, i] = 1 }
    expectSame([start, x, weight, bias]) { tape in
      tape.halfSquaredNorm(
        tape.cross(
          tape.parameter(start), tape.parameter(x), weight: tape.parameter(weight),
          bias: tape.parameter(bias)))
    } plain: { tape in
      let product = tape.linear(tape.parameter(x), weight: tape.parameter(weight))
      let wide = tape.linear(
        product, weight: tape.constant(Matrix(rows: 11, columns: 1, repeating: 1)))
      let shifted = tape.linear(
        tape.parameter(x), weight: tape.constant(unit), bias: tape.parameter(bias))
      return tape.halfSquaredNorm(
        tape.add(tape.multiply(tape.parameter(start), wide), shifted))
    }
  }

  /// A matrix that picks columns: row r has a one at `columns[r]`.
  private func selection(_ columns: [Int], of width: Int) -> Matrix {
    var matrix = Matrix(rows: columns.count, columns: width)
    for (row, column) in columns.enumerated() { matrix[row, column] = 1 }
    return matrix
  }

  /// Feature maps from a matrix of all products.
  private func plainMaps(
    _ x: Variable, _ start: Variable, _ weight: Variable, _ bias: Variable, _ tape: Tape
  ) -> Variable {
    let (a, f) = (x.columns, start.columns)
    let products = tape.multiply(
      tape.linear(x, weight: tape.constant(selection((0..<a * f).map { $0 / f }, of: a))),
      tape.linear(start, weight: tape.constant(selection((0..<a * f).map { $0 % f }, of: f))))
    return tape.relu(tape.linear(products, weight: weight, bias: bias))
  }

  @Test func featureMapsEqualMapsOfAllProducts() {
    // More rows than one block, and a map in each layer that is zero in every row.
    let start = normalParameter("start", 150, 3)
    let (first, firstBias) = (normalParameter("first", 5, 9), normalParameter("first bias", 1, 5))
    let (second, secondBias) = (
      normalParameter("second", 4, 15), normalParameter("second bias", 1, 4)
    )
    firstBias.value[0, 2] = -100
    secondBias.value[0, 1] = -100
    let parameters = [start, first, firstBias, second, secondBias]
    let places = Matrix(rows: 1, columns: 4, values: [0.01, 0.02, -0.015, 0.005])
    func loss(_ tape: Tape, _ maps: (Variable, Variable, Variable, Variable) -> Variable)
      -> Variable
    {
      let z = tape.parameter(start)
      let x = maps(z, z, tape.parameter(first), tape.parameter(firstBias))
      let y = maps(x, z, tape.parameter(second), tape.parameter(secondBias))
      return tape.halfSquaredNorm(tape.linear(y, weight: tape.constant(places)))
    }
    expectSame(parameters) { tape in
      loss(tape) { tape.featureMaps($0, $1, weight: $2, bias: $3) }
    } plain: { tape in
      loss(tape) { plainMaps($0, $1, $2, $3, tape) }
    }
    let gradients = differentiate(parameters) { tape in
      loss(tape) { tape.featureMaps($0, $1, weight: $2, bias: $3) }
    }.gradients
    #expect(gradients[1][row: 2].allSatisfy { $0 == 0 })
    #expect(gradients[3][row: 0].contains { $0 != 0 })
  }

  @Test(arguments: [1, 3, 8, 9])
  func fieldAttentionEqualsAttention(fields: Int) {
    // Eleven samples: one block of eight and a part of another.
    let rows = 11 * fields
    let inputs = ["q", "k", "v"].map { normalParameter($0, rows, 6) }
    let places = Matrix(rows: 1, columns: 6, values: (0..<6).map { Float($0 - 2) / 20 })
    func loss(_ tape: Tape, _ attended: Variable) -> Variable {
      tape.halfSquaredNorm(tape.linear(attended, weight: tape.constant(places)))
    }
    expectSame(inputs) { tape in
      let x = inputs.map(tape.parameter)
      return loss(
        tape,
        tape.fieldAttention(queries: x[0], keys: x[1], values: x[2], fields: fields, heads: 2))
    } plain: { tape in
      let x = inputs.map(tape.parameter)
      return loss(
        tape,
        tape.attention(
          queries: tape.scale(x[0], by: Float(3).squareRoot()), keys: x[1], values: x[2],
          segments: Segments(lengths: [Int](repeating: fields, count: 11)), heads: 2, keyHeads: 2,
          causal: false))
    }
  }

  @Test func pooledPairsEqualAWeightedSum() {
    // Two samples of three fields with vectors of two numbers; logits of the three pairs.
    let (x, logits) = (normalParameter("x", 2, 6), normalParameter("logits", 6, 1))
    expectSame([x, logits]) { tape in
      tape.halfSquaredNorm(
        tape.softmaxPool(
          tape.fieldProducts(tape.parameter(x), fields: 3), logits: tape.parameter(logits),
          group: 3, groups: 2))
    } plain: { tape in
      let left = selection([0, 1, 0, 1, 2, 3], of: 6)
      let right = selection([2, 3, 4, 5, 4, 5], of: 6)
      let products = tape.multiply(
        tape.linear(tape.parameter(x), weight: tape.constant(left)),
        tape.linear(tape.parameter(x), weight: tape.constant(right)))
      var random = SeededRandom(seed: 0)
      let values = tape.reshape(products, rows: 6, columns: 2)
      // Keys (l, 0) and queries (√2, 0) give the logits l.
      let keys = tape.concatenate([
        tape.parameter(logits), tape.constant(Matrix(rows: 6, columns: 1)),
      ])
      let queries = tape.constant(
        Matrix(
          rows: 6, columns: 2, values: (0..<12).map { $0 % 2 == 0 ? Float(2).squareRoot() : 0 }))
      let pooled = tape.attention(
        queries: queries, keys: keys, values: values, segments: Segments(lengths: [3, 3]),
        heads: 1, keyHeads: 1, causal: false, using: &random)
      return tape.halfSquaredNorm(tape.gather(pooled, rows: [0, 3]))
    }
  }

  @Test func coordinateRowsTransposeEachSample() {
    let x = normalParameter("x", 2, 6)
    let tape = Tape(recording: false)
    let rows = tape.coordinateRows(tape.parameter(x), fields: 2).value
    #expect(rows.rows == 6 && rows.columns == 2)
    for n in 0..<2 {
      for d in 0..<3 {
        for f in 0..<2 { #expect(rows[n * 3 + d, f] == x.value[n, f * 3 + d]) }
      }
    }
    // Weights that tell the fields apart, summed over coordinates.
    let weights = Matrix(rows: 1, columns: 2, values: [0.5, -2])
    let places = Matrix(
      rows: 3, columns: 6,
      values: [
        0.5, 0, 0, -2, 0, 0, 0, 0.5, 0, 0, -2, 0, 0, 0, 0.5, 0, 0, -2,
      ])
    expectSame([x]) { tape in
      tape.halfSquaredNorm(
        tape.linear(
          tape.coordinateRows(tape.parameter(x), fields: 2), weight: tape.constant(weights)))
    } plain: { tape in
      tape.halfSquaredNorm(tape.linear(tape.parameter(x), weight: tape.constant(places)))
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
