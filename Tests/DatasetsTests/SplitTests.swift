import Datasets
import TestSupport
import Testing

@Suite struct SplitTests {
  @Test func `The last interaction is test, the one before validation, ties by file row`() {
    let raw = rawData(
      users: 1, items: 5,
      [(0, 0, 1, 30), (0, 1, 2, 10), (0, 2, 3, 20), (0, 3, 4, 30), (0, 4, 5, 20)])
    let split = leaveOneOut(raw)
    #expect(split.train.items == [1, 2, 4])
    #expect(split.train.ratings == [2, 3, 5])
    #expect(split.train.times == [10, 20, 20])
    #expect(split.validation == Targets(items: [0], ratings: [1]))
    #expect(split.test == Targets(items: [3], ratings: [4]))
  }

  @Test func `Users with too few interactions keep them in train`() {
    let rows: [(Int32, Int32, Float, Int64)] =
      [(0, 0, 5, 1), (0, 1, 5, 2), (1, 0, 5, 1), (1, 1, 5, 2), (1, 2, 5, 3)]
    let split = leaveOneOut(rawData(users: 2, items: 3, rows))
    #expect(
      split.train
        == Histories(
          offsets: [0, 2, 3], items: [0, 1, 0], ratings: [5, 5, 5], times: [1, 2, 1], itemCount: 3))
    #expect(split.validation.items == [-1, 1])
    #expect(split.test.items == [-1, 2])
    #expect(split.test.count == 1)
    let strict = leaveOneOut(rawData(users: 2, items: 3, rows), minimumInteractions: 4)
    #expect(strict.test.items == [-1, -1])
    #expect(strict.train.items.count == 5)
  }

  @Test func `Likes drop lower ratings, then users and items without any`() {
    let raw = rawData(
      users: 3, items: 4,
      [
        (0, 0, 5, 1), (0, 1, 3, 2), (0, 2, 4, 3), (0, 3, 4, 4), (1, 1, 2, 1), (2, 3, 5, 1),
      ])
    let split = leaveOneOut(raw, positives: .likes)
    #expect(split.users.ids == ["u0", "u2"])
    #expect(split.catalogue.ids == ["i0", "i2", "i3"])
    #expect(split.train.items == [0, 2])
    #expect(split.validation.items == [1, -1])
    #expect(split.test.items == [2, -1])
  }

  @Test func `Of an item rated twice the last rating counts`() {
    let raw = rawData(
      users: 1, items: 3, [(0, 0, 5, 40), (0, 1, 4, 20), (0, 0, 1, 10), (0, 2, 2, 30)])
    let split = leaveOneOut(raw)
    #expect(split.train.items == [1])
    #expect(split.validation.items == [2])
    #expect(split.test == Targets(items: [0], ratings: [5]))
    // A later dislike takes back an earlier like.
    let changed = rawData(users: 1, items: 1, [(0, 0, 5, 1), (0, 0, 1, 2)])
    #expect(leaveOneOut(changed, positives: .likes).users.count == 0)
  }

  @Test func `Without times the seed decides the order`() {
    let rows = (0..<40).map { (Int32($0 % 2), Int32($0 / 2), Float(5), Int64(0)) }
    let raw = rawData(users: 2, items: 20, rows, hasTimes: false)
    let first = leaveOneOut(raw, seed: 1)
    #expect(first == leaveOneOut(raw, seed: 1))
    #expect(first != leaveOneOut(raw, seed: 2))
    for user in 0..<2 {
      let all =
        first.train.items(of: user) + [first.validation.items[user], first.test.items[user]]
      #expect(all.sorted() == Array(0..<20))
      #expect(Array(all) != Array(0..<20))
    }
  }
}

@Suite struct ValidationUsersTests {
  @Test func `Every user is in exactly one part, the same at each call`() {
    let parts = partValidationUsers(userCount: 1000, seed: 3, share: 0.3)
    #expect(zip(parts.stopping, parts.choosing).allSatisfy { $0 != $1 })
    #expect((250...350).contains(parts.stopping.count { $0 }))
    #expect(partValidationUsers(userCount: 1000, seed: 3, share: 0.3).stopping == parts.stopping)
    #expect(partValidationUsers(userCount: 1000, seed: 4, share: 0.3).stopping != parts.stopping)
    #expect(
      partValidationUsers(userCount: 4, seed: 1, share: 1).choosing
        == .init(repeating: false, count: 4))
  }
}
