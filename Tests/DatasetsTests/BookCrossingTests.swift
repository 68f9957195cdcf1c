import Datasets
import Testing

@Suite struct BookCrossingTests {
  private static let books = """
    "ISBN";"Book-Title";"Book-Author";"Year-Of-Publication";"Publisher"\r
    "0345";"Black &amp; \\"White\\"; Cats";"Renée";"1992";"Simon &amp; Schuster"\r
    "0346";"Bad "inner" quotes";"";"0";"&#321;&bogus;"\r

    """
  private static let users = """
    "User-ID";"Location";"Age"\r
    "1";"uppsala, \\"n/a\\", sweden";NULL\r
    "2";"iowa city, iowa, usa";"25"\r
    "3";"n/a, n/a, n/a";"3"\r

    """

  @Test func `Quotes, escapes, entities and NULL are read as published`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let ratings = try folder.write(
      "r",
      """
      "User-ID";"ISBN";"Book-Rating"\r
      "1";"0345";"7"\r
      "2";"0346";"0"\r
      "2";"9999";"8"\r
      "4";"0346";"10"\r
      "4";"\\"880\\"";"9"
      """)
    let (raw, report) = try readDataset(
      format: .bookCrossing,
      files: [
        "interactions": ratings, "items": folder.write("b", Self.books),
        "users": folder.write("u", Self.users),
      ], options: ReadOptions(maximumBadShare: 0.5, core: 0))
    #expect(raw.items.titles == ["Black & \"White\"; Cats", "Bad \"inner\" quotes"])
    #expect(raw.items.attribute("author")?.values == [["Renée"], []])
    #expect(raw.items.attribute("year")?.values == [["1992"], []])
    #expect(raw.items.attribute("publisher")?.values == [["Simon & Schuster"], ["Ł&bogus;"]])
    #expect(raw.users.ids == ["1", "2", "3", "4"])
    #expect(raw.users.attribute("country")?.values == [["sweden"], ["usa"], [], []])
    #expect(raw.users.attribute("age")?.values == [[], ["25"], [], []])
    #expect(raw.interactionUsers == [0, 3])
    #expect(raw.interactionItems == [0, 1])
    #expect(raw.ratings == [7, 10])
    #expect(!raw.hasTimes && raw.likeThreshold == 8)
    let file = try #require(report.file("interactions"))
    #expect(file.records == 5)
    #expect(
      file.leftOut.map(\.reason) == ["implicit (rating 0)", "the book is not in the book list"])
    #expect(file.leftOut.map(\.count) == [1, 1])
    #expect(
      file.examples == ["\(ratings):6: ISBN '\"880\"' is malformed: it contains a quote"])
  }

  @Test func `Lines with broken quoting or fields are bad, and the next is read`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let books = try folder.write(
      "b",
      """
      "1";"A";"B";"1990";"C"
      "2";"never closed;"B";"1990";"C
      "3";"swallowed)\\";B";"2000";"C"
      "4";"A";"B";"C";"1990"
      "5";"with images";"B";"1990";"C";"s";"m";"l"

      """)
    let users = try folder.write("u", "\"1\";\"a, b, c\";old\n\"2\";\"\";\"30\"\n\"3\";\"c\"\n")
    let (raw, report) = try readDataset(
      format: .bookCrossing,
      files: [
        "interactions": folder.write("r", "\"2\";\"5\";\"7\"\n\"2\";\"1\";\"11\"\n"),
        "items": books, "users": users,
      ], options: ReadOptions(maximumBadShare: 0.9, core: 0))
    #expect(raw.items.ids == ["1", "5"])
    #expect(
      report.file("items")?.examples == [
        "\(books):2: a quoted field without its closing quote",
        "\(books):3: 4 fields, expected 5, or 8 with image addresses",
        "\(books):4: year 'C' is no whole number",
      ])
    #expect(
      report.file("users")?.examples == [
        "\(users):1: age 'old', expected a whole number or NULL",
        "\(users):3: 2 fields, expected 3",
      ])
    #expect(report.file("interactions")?.examples.first?.hasSuffix("expected 0 to 10") == true)
  }

  @Test func `The core drops users and items until every one has enough`() throws {
    // Item 2 has one rating; without it user 2 has one left; without that user item 1 has two.
    let raw = rawData(
      users: 4, items: 3,
      [
        (0, 0, 5, 0), (0, 1, 5, 0), (1, 0, 4, 0), (1, 1, 3, 0), (2, 1, 5, 0), (2, 2, 1, 0),
        (3, 2, 2, 0),
      ])
    let core = raw.core(2)
    #expect(core.users.ids == ["u0", "u1"])
    #expect(core.items.ids == ["i0", "i1"])
    #expect(core.interactionUsers == [0, 0, 1, 1])
    #expect(core.ratings == [5, 5, 4, 3])
    #expect(raw.core(3).interactionCount == 0)
  }
}
