import Artifacts
import Datasets
import Foundation
import TestSupport
import Testing

/// Counts on the published files, which are not part of this package.
@Suite struct PublishedDataTests {
  private func read(_ format: DatasetFormat) throws -> (RawData, ReadReport) {
    try readDataset(format: format, files: format.files(in: dataFolder))
  }

  private func unseen(_ split: Split) -> Int {
    let frequencies = split.train.itemFrequencies()
    return split.test.items.count { $0 >= 0 && frequencies[Int($0)] == 0 }
  }

  @Test(.enabled(if: hasData(.movielens100k), "MovieLens 100K is not in \(dataFolder)"))
  func `MovieLens 100K splits into the known parts`() throws {
    let (raw, report) = try read(.movielens100k)
    #expect(report.files.map(\.records) == [1682, 943, 100_000])
    #expect(report.files.allSatisfy { $0.badLines == 0 })
    let split = leaveOneOut(raw)
    #expect(split.users.count == 943 && split.catalogue.count == 1682)
    #expect(split.train.items.count == 98_114)
    #expect(split.validation.count == 943 && split.test.count == 943)
    #expect(unseen(split) == 3)
    let likes = leaveOneOut(raw, positives: .likes)
    #expect(likes.users.count == 942 && likes.catalogue.count == 1447)
    #expect(likes.train.items.count == 53_491 && likes.test.count == 942)
    #expect(likes.test.count - unseen(likes) == 927)
    #expect(raw.items.attribute("year")?.values.count { $0.isEmpty } == 1)
    #expect(raw.items.attribute("genres")?.values.count { $0.isEmpty } == 2)
  }

  /// Popularity, full ranking, ties by row: hits and gains of the test items.
  ///
  /// The published figures (HR@10 .0827) rank the validation item too; leaving it out as we do
  /// wherever a method is judged gives .0859.
  @Test(
    .enabled(if: hasData(.movielens100k), "MovieLens 100K is not in \(dataFolder)"),
    arguments: [
      (hidesValidation: false, hits3: 34, hits5: 54, hits10: 78, gain10: 0.0438),
      (hidesValidation: true, hits3: 34, hits5: 55, hits10: 81, gain10: 0.0449),
    ])
  func `Popularity reaches its known figures on MovieLens 100K`(
    hidesValidation: Bool, hits3: Int, hits5: Int, hits10: Int, gain10: Double
  ) throws {
    let split = leaveOneOut(try read(.movielens100k).0)
    let popularity = split.train.itemFrequencies()
    let ranking = popularity.indices.sorted { (-popularity[$0], $0) < (-popularity[$1], $1) }
    var ranks: [Int] = []
    for user in 0..<split.users.count {
      var known = Set(split.train.items(of: user))
      if hidesValidation { known.insert(split.validation.items[user]) }
      let target = Int(split.test.items[user])
      let candidates = ranking.filter { !known.contains(Int32($0)) }
      ranks.append(try #require(candidates.firstIndex(of: target)))
    }
    #expect(ranks.count { $0 < 3 } == hits3)
    #expect(ranks.count { $0 < 5 } == hits5)
    #expect(ranks.count { $0 < 10 } == hits10)
    let gain = ranks.filter { $0 < 10 }.reduce(0) { $0 + 1 / log2(Double($1 + 2)) }
    #expect(abs(gain / 943 - gain10) < 0.00005)
  }

  @Test(.enabled(if: hasData(.movielens1m), "MovieLens 1M is not in \(dataFolder)"))
  func `MovieLens 1M has its known size`() throws {
    let (raw, report) = try read(.movielens1m)
    #expect(report.files.map(\.records) == [3883, 6040, 1_000_209])
    #expect(report.files.allSatisfy { $0.badLines == 0 })
    let counts = (1...5).map { rating in raw.ratings.count { $0 == Float(rating) } }
    #expect(counts == [56_174, 107_557, 261_197, 348_971, 226_310])
    let split = leaveOneOut(raw)
    #expect(split.users.count == 6040 && split.catalogue.count == 3706)
    #expect(split.train.items.count == 988_129 && split.test.count == 6040)
    #expect(raw.items.attribute("year")?.values.allSatisfy { $0.count == 1 } == true)
  }

  @Test(.enabled(if: hasData(.bookCrossing), "Book-Crossing is not in \(dataFolder)"))
  func `Book-Crossing has its known core`() throws {
    let (raw, report) = try read(.bookCrossing)
    #expect(report.files.map(\.records) == [27_732, 51_880, 238_185])
    #expect(report.files.allSatisfy { $0.badLines == 0 && $0.leftOut.isEmpty })
    #expect(
      report.notes == ["5-core: 6850 users, 9083 items, 115207 interactions"])
    let split = leaveOneOut(raw, seed: 1)
    #expect(split.users.count == 6850 && split.catalogue.count == 9083)
    #expect(split.train.items.count == 115_207 - 2 * 6850)
    #expect(!raw.items.titles.contains { $0.contains("&amp;") })
  }

  @Test(
    .enabled(
      if: hasData(.bookCrossing)
        && FileManager.default.fileExists(
          atPath: "\(dataFolder)/extra/BX-Book-Ratings.slice.csv.zst"),
      "the Book-Crossing slice is not in \(dataFolder)"))
  func `An unaltered piece of Book-Crossing reads without a header or last line end`() throws {
    var files = DatasetFormat.bookCrossing.files(in: dataFolder)
    files["interactions"] = "\(dataFolder)/extra/BX-Book-Ratings.slice.csv.zst"
    let (raw, report) = try readDataset(
      format: .bookCrossing, files: files, options: ReadOptions(core: 0))
    let file = try #require(report.file("interactions"))
    #expect(file.records == 39_268)
    #expect(file.badLines == 1)
    #expect(
      file.examples.first?.hasSuffix("ISBN '\"8804501367\"' is malformed: it contains a quote")
        == true)
    #expect(file.leftOut.first { $0.reason.hasPrefix("implicit") }?.count == 24_156)
    #expect(raw.interactionCount + file.leftOut.map(\.count).reduce(0, +) == 39_267)
  }
}
