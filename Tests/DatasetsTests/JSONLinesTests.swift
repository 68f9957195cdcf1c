import Datasets
import Testing

@Suite struct JSONLinesTests {
  @Test func `The same data as CSV and as JSON Lines is the same`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let (csv, _) = try readDataset(
      format: .csv,
      files: [
        "interactions": folder.write(
          "x.csv", "user,item,rating,timestamp\nann,b,4.5,5\nbob,a,-1e0,4\n"),
        "items": folder.write(
          "i.csv",
          bytes: Array("item,title,price,tags\na,\"Says \"\"hi\"\"\",3,red|blue\nb,Łódź 😀,,\n".utf8)
        ),
        "users": folder.write("u.csv", "user,city\nbob,\nann,Ulm\n"),
      ])
    let (lines, report) = try readDataset(
      format: .csv,
      files: [
        "interactions": folder.write(
          "x.jsonl",
          """
          {"user": "ann", "item": "b", "rating": 4.5, "timestamp": 5}
          { "timestamp" :4 ,"rating":"-1e0", "extra": true, "item":"a","user":"bob"}\r

          """),
        "items": folder.write(
          "i.jsonl",
          #"""
          {"item": "a", "title": "Says \"hi\"", "price": 3, "tags": ["red", "blue"]}
          {"tags": [], "item": "b", "price": null, "title": "\u0141\u00f3d\u017a \ud83d\ude00"}

          """#),
        "users": folder.write(
          "u.jsonl", "{\"user\": \"bob\"}\n\n{\"user\": \"ann\", \"city\": \"Ulm\"}"),
      ])
    #expect(lines == csv)
    #expect(
      report.files.map(\.records) == [2, 2, 2] && report.files.allSatisfy { $0.badLines == 0 })
  }

  @Test(
    arguments: [
      "no object", "[1]", "{", "{\"user\"}", "{\"user\": }", "{\"user\": \"a\"", "{user: 1}",
      "{\"user\": {\"id\": 1}, \"item\": 2}", "{\"user\": [[1]], \"item\": 2}",
      "{\"user\": \"a\", \"user\": \"b\", \"item\": 1}", "{\"user\": \"a\\x\", \"item\": 1}",
      "{\"user\": \"\\ud83d\", \"item\": 1}", "{\"user\": \"a\", \"item\": 1} x",
      "{\"user\": \"a\", \"item\": nan}", "{\"item\": 1}", "{\"user\": \"a\\", "{\"user\": \"\\u12",
    ])
  func `A line that is no flat object is one bad line`(line: String) throws {
    let folder = try Folder()
    defer { folder.remove() }
    let path = try folder.write(
      "x.jsonl", "{\"user\": 1, \"item\": 1}\n\(line)\n{\"user\": 1, \"item\": 2}\n")
    let (raw, report) = try readDataset(
      format: .csv, files: ["interactions": path], options: ReadOptions(maximumBadShare: 1))
    #expect(raw.items.ids == ["1", "2"])
    let file = try #require(report.file("interactions"))
    #expect(file.records == 3 && file.badLines == 1)
    #expect(file.examples.allSatisfy { $0.hasPrefix("\(path):2: ") })
  }

  @Test func `A name that no line has is missed by name`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let path = try folder.write("x.jsonl", "{\"user\": 1, \"product\": 1}\n")
    let error = DatasetError.missingColumn(file: path, column: "item", found: ["user", "product"])
    #expect(throws: error) { try readDataset(format: .csv, files: ["interactions": path]) }
    #expect("\(error)".contains("no line has the name 'item'"))
    let empty = try folder.write("y.jsonl", "\n")
    #expect(throws: DatasetError.missingColumn(file: empty, column: "user", found: [])) {
      try readDataset(format: .csv, files: ["interactions": empty])
    }
  }
}

@Suite struct SeveralFilesTests {
  @Test func `Days are read one after another, in CSV or JSON Lines`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let (raw, report) = try readDataset(
      format: .csv, files: ["interactions": folder.write("1.csv", "user,item,timestamp\na,x,1\n")],
      later: [
        folder.write("2.csv", "timestamp,item,user\n2,y,b\n"),
        folder.write("3.jsonl", "{\"user\": \"a\", \"item\": \"y\", \"timestamp\": 3}\n"),
      ])
    #expect(raw.users.ids == ["a", "b"] && raw.items.ids == ["x", "y"])
    #expect(raw.interactionUsers == [0, 1, 0] && raw.times == [1, 2, 3] && raw.hasTimes)
    #expect(report.files.count == 3)
  }

  @Test func `A day without the times that the first has is refused`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let first = try folder.write("1.csv", "user,item,timestamp\na,x,1\n")
    let later = try folder.write("2.csv", "user,item\na,y\n")
    #expect(
      throws: DatasetError.missingColumn(file: later, column: "timestamp", found: ["user", "item"])
    ) {
      try readDataset(format: .csv, files: ["interactions": first], later: [later])
    }
    #expect(throws: DatasetError.severalFiles(format: .movielens100k)) {
      try readDataset(
        format: .movielens100k,
        files: ["interactions": first, "items": first, "users": first], later: [later])
    }
  }
}
