import Datasets
import Foundations
import Prompts
import Tensors
import TestSupport
import Testing

@Suite struct SimilarUsersTests {
  private func cosine(_ matrix: Matrix, _ a: Int, _ b: Int) -> Double {
    func dot(_ a: Int, _ b: Int) -> Double {
      zip(matrix[row: a], matrix[row: b]).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
  }

  /// Rounding of a float32 product of five factors may decide between cosines that are this close.
  private static let tolerance = 1e-6

  @Test(arguments: [2, 40, 300])
  func `nobody else is more similar`(users: Int) {
    _ = oneThread
    var random = SeededRandom(seed: UInt64(users))
    let embeddings = Matrix.normal(rows: users, columns: 5, deviation: 2, using: &random)
    let candidates = (0..<users).map { $0 % 3 != 2 }
    for allowed in [nil, candidates] {
      let similar = mostSimilarUsers(embeddings, among: allowed)
      #expect(similar.count == users)
      for user in 0..<users {
        let others = (0..<users).filter { $0 != user && allowed?[$0] ?? true }
        let best = others.map { cosine(embeddings, user, $0) }.max() ?? 0
        #expect(others.contains(Int(similar[user])))
        #expect(cosine(embeddings, user, Int(similar[user])) >= best - Self.tolerance)
      }
    }
  }

  @Test func `length does not matter, and the lower index wins a tie`() {
    let embeddings = Matrix(
      rows: 5, columns: 2, values: [1, 0, 0, 3, 2, 0, 0, 1, 5, 0])
    #expect(mostSimilarUsers(embeddings) == [2, 3, 0, 1, 0])
  }

  @Test func `a zero row is similar to nobody, and nobody to it`() {
    // User 2 is opposite to user 0: still more similar than a user without a direction.
    let embeddings = Matrix(rows: 3, columns: 2, values: [1, 1, 0, 0, -1, -1])
    #expect(mostSimilarUsers(embeddings) == [2, -1, 0])
  }

  @Test func `who is alone has no similar user`() {
    #expect(mostSimilarUsers(Matrix(rows: 1, columns: 2, values: [1, 2])) == [-1])
    #expect(mostSimilarUsers(Matrix(rows: 0, columns: 2)).isEmpty)
    #expect(mostSimilarUsers(Matrix(rows: 2, columns: 0)) == [-1, -1])
    let two = Matrix(rows: 2, columns: 1, values: [1, 2])
    #expect(mostSimilarUsers(two, among: [true, false]) == [-1, 0])
  }

  @Test func `only users with a history are shown to others`() {
    let writer = PromptWriter(
      templates: PromptTemplates(ratingScale: [1]),
      train: histories([[0], [], [1]], itemCount: 3),
      userEmbeddings: Matrix(rows: 3, columns: 2, values: [1, 0, 1, 0, 0, 1]))
    #expect(writer.similarUsers == [2, 0, 0])
  }
}
