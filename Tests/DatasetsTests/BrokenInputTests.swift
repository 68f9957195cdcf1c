import Artifacts
import Datasets
import Foundations
import Testing

@Suite struct BrokenInputTests {
  private func read(_ folder: Folder, _ text: String) throws -> RawData {
    try readDataset(format: .csv, files: ["interactions": folder.write("x", text)]).0
  }

  @Test func `A missing file is reported with its path`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let path = "\(folder.path)/absent"
    let cause = FileError(path: path, operation: "read", problem: .missing)
    #expect(throws: DatasetError.unreadable(cause)) {
      try readDataset(format: .csv, files: ["interactions": path])
    }
  }

  @Test func `A truncated zstd file is unreadable`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let whole = Zstd.compress(Array("user,item\nann,a\n".utf8))
    let path = try folder.write("x.zst", bytes: whole)
    #expect(try readDataset(format: .csv, files: ["interactions": path]).0.interactionCount == 1)
    let short = try folder.write("y.zst", bytes: whole.dropLast(8))
    let cause = try #require(throws: FileError.self) { try Files.read(short) }
    #expect(throws: DatasetError.unreadable(cause)) {
      try readDataset(format: .csv, files: ["interactions": short])
    }
  }

  @Test(arguments: ["", "\n\r\n\n", "user,item\n"])
  func `A file without records is empty`(text: String) throws {
    let folder = try Folder()
    defer { folder.remove() }
    #expect(throws: DatasetError.emptyFile(file: "\(folder.path)/x")) { try read(folder, text) }
  }

  @Test func `Binary bytes are no text`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    #expect(throws: DatasetError.notText(file: "\(folder.path)/x", offset: 2)) {
      try read(folder, "us\0er,item\n")
    }
  }

  @Test func `A header must have its columns, once, under usable names`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let path = "\(folder.path)/x"
    #expect(
      throws: DatasetError.missingColumn(file: path, column: "item", found: ["user", "film"])
    ) { try read(folder, "user,film\nann,a\n") }
    #expect(throws: DatasetError.repeatedColumn(file: path, column: "user")) {
      try read(folder, "user,item,USER\nann,a,b\n")
    }
    #expect(throws: DatasetError.badColumnName(file: path, column: "a.b")) {
      try read(folder, "user,item,a.b\nann,a,b\n")
    }
  }

  @Test func `More bad lines than allowed refuse the file and show the first five`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let good = String(repeating: "ann,a\n", count: 992)
    let bad = String(repeating: "ann\n", count: 8)
    let path = try folder.write("x", "user,item\n" + good + bad)
    #expect(
      throws: DatasetError.tooManyBadLines(
        file: path, bad: 8, records: 1000, maximumShare: 0.001,
        examples: (994...998).map { "\(path):\($0): 1 fields, expected 2" })
    ) { try readDataset(format: .csv, files: ["interactions": path]) }
    let (raw, report) = try readDataset(
      format: .csv, files: ["interactions": path], options: ReadOptions(maximumBadShare: 0.008))
    #expect(raw.interactionCount == 992)
    #expect(report.description.contains("1000 records, 8 bad"))
  }

  @Test func `Files are asked for by role`() throws {
    #expect(throws: DatasetError.missingRole(format: .movielens1m, role: "users")) {
      try readDataset(format: .movielens1m, files: ["interactions": "a", "items": "b"])
    }
    #expect(throws: DatasetError.unknownRole("movies")) {
      try readDataset(format: .csv, files: ["interactions": "a", "movies": "b"])
    }
    #expect(throws: DatasetError.generatedHasNoFiles(.demo)) {
      try readDataset(format: .demo, files: [:])
    }
    #expect(!DatasetError.generatedHasNoFiles(.demo).isDataError)
    #expect(DatasetError.emptyFile(file: "x").isDataError)
  }

  @Test func `Filters that leave nothing are errors`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let path = try folder.write("x", "user,item\nann,a\nbob,a\n")
    #expect(
      throws: DatasetError.noInteractions(
        reason: "no user and item have 2 interactions each; lower the core")
    ) {
      try readDataset(
        format: .csv, files: ["interactions": path], options: ReadOptions(core: 2))
    }
    let unlisted = try folder.write("r", "\"1\";\"9\";\"7\"\n")
    #expect(
      throws: DatasetError.noInteractions(reason: "none of \(unlisted) could be used")
    ) {
      try readDataset(
        format: .bookCrossing,
        files: [
          "interactions": unlisted,
          "items": folder.write("b", "\"1\";\"A\";\"B\";\"1990\";\"C\"\n"),
          "users": folder.write("u", "\"1\";\"a, b, c\";NULL\n"),
        ])
    }
  }

  @Test func `The plain file is preferred to the compressed one`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let zst = try folder.write("items.csv.zst", "")
    #expect(
      DatasetFormat.csv.files(in: folder.path) == [
        "interactions": "\(folder.path)/interactions.csv", "items": zst,
      ])
    let plain = try folder.write("items.csv", "")
    #expect(DatasetFormat.csv.files(in: folder.path)["items"] == plain)
  }

  @Test func `Any whole number of 64 bits is a time`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let times: [Int64] = [.min, -1, 0, 1_700_000_000_123_456_789, .max]
    let lines = times.enumerated().map { "u,i\($0),\($1)\n" }.joined()
    #expect(try read(folder, "user,item,timestamp\n" + lines).times == times)
  }

  @Test(
    arguments: [
      "9223372036854775808", "-9223372036854775809", "99999999999999999999", "1.5", "1e3", "-", "",
    ])
  func `What is no whole number of 64 bits is no time`(text: String) throws {
    let folder = try Folder()
    defer { folder.remove() }
    #expect(throws: DatasetError.self) { try read(folder, "user,item,timestamp\nu,i,\(text)\n") }
  }

  @Test(arguments: [
    "1e19", "-1e19", "1000001", "9223372036854775807", "1e39", "nan", "inf", "0x10",
  ])
  func `Ratings beyond a million are refused with file and line`(text: String) throws {
    let folder = try Folder()
    defer { folder.remove() }
    let error = #expect(throws: DatasetError.self) {
      try read(folder, "user,item,rating\nu,i,\(text)\n")
    }
    #expect(error?.description.contains("x:2: rating '\(text)', expected a number") == true)
    #expect(error?.description.contains("preprocess.maximumBadShare") == true)
    #expect(error?.isDataError == true)
  }
}
