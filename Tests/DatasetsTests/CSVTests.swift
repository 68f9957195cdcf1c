import Datasets
import Testing

@Suite struct CSVTests {
  @Test func `Columns come in any order, quoted or not, with any line end`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let (raw, _) = try readDataset(
      format: .csv,
      files: [
        "interactions": folder.write(
          "x.csv", "timestamp,note,Item,User,rating\r\n5,x,b,ann,4.5\r\n4,\"a,b\",a,bob,-1e0\r\n"),
        "items": folder.write(
          "i.csv",
          bytes: Array(
            """
            \u{FEFF}item,price,title,tags,
            a,3,"Says ""hi"",
            twice",red | blue||,x
            b,,Łódź,,
            c,4.25,,red,

            """.utf8)),
        "users": folder.write("u.csv", "user,born,city\nbob,1990-01-02,\nann,,Ulm"),
      ])
    #expect(raw.items.ids == ["a", "b", "c"])
    #expect(raw.items.titles == ["Says \"hi\",\ntwice", "Łódź", "c"])
    #expect(raw.items.attributes.map(\.name) == ["price", "tags"])
    #expect(raw.items.attribute("price")?.values == [["3"], [], ["4.25"]])
    #expect(raw.items.attribute("price")?.isNumeric == true)
    #expect(raw.items.attribute("tags")?.values == [["red", "blue"], [], ["red"]])
    #expect(raw.items.attribute("tags")?.isNumeric == false)
    #expect(raw.users.ids == ["bob", "ann"])
    #expect(raw.users.attribute("born")?.isNumeric == false)
    #expect(raw.interactionUsers == [1, 0])
    #expect(raw.interactionItems == [1, 0])
    #expect(raw.ratings == [4.5, -1])
    #expect(raw.times == [5, 4])
    #expect(raw.hasTimes && raw.likeThreshold == 4)
  }

  @Test func `Interactions alone are enough, and without ratings all are likes`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let (raw, _) = try readDataset(
      format: .csv, files: ["interactions": folder.write("x", "user,item\nann,b\nbob,a\nann,a\n")])
    #expect(raw.users.ids == ["ann", "bob"])
    #expect(raw.items.ids == ["b", "a"])
    #expect(raw.items.titles == ["b", "a"])
    #expect(raw.ratings == [1, 1, 1])
    #expect(!raw.hasTimes)
    #expect(leaveOneOut(raw, positives: .likes).train.items.count == 3)
  }

  @Test func `Bad records cost one line each and name their fault`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let path = try folder.write(
      "x",
      bytes: Array("user,item,rating,timestamp\nann,a,1,1\n".utf8) + [0xFF]
        + Array(
          """
          ,a,1,1
          ann,b"c,1,1
          ann,"b"c,1,1
          ann,b,nan,1
          ann,b,0x10,1
          ann,b,1,1.5
          ,b,1,1
          ann,"b,1,1
          bob,a,1,1

          """.utf8))
    let (raw, report) = try readDataset(
      format: .csv, files: ["interactions": path], options: ReadOptions(maximumBadShare: 1))
    let file = try #require(report.file("interactions"))
    #expect(raw.users.ids == ["ann", "bob"])
    #expect(file.records == 10)
    #expect(file.badLines == 8)
    #expect(
      file.examples == [
        "\(path):3: user '\u{FFFD}' is empty or not valid UTF-8",
        "\(path):4: a quote inside a field that is not quoted",
        "\(path):5: text after the closing quote of a field",
        "\(path):6: rating 'nan', expected a number from -1000000 to 1000000",
        "\(path):7: rating '0x10', expected a number from -1000000 to 1000000",
      ])
  }

  @Test func `Unknown items and users are bad where their file is given`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let path = try folder.write("x", "user,item\nann,a\nann,z\neve,a\nann\n")
    let (raw, report) = try readDataset(
      format: .csv,
      files: [
        "interactions": path, "items": folder.write("i", "item\na\nb\n"),
        "users": folder.write("u", "user\nann\n"),
      ], options: ReadOptions(maximumBadShare: 0.8))
    #expect(raw.interactionCount == 1)
    #expect(
      report.file("interactions")?.examples == [
        "\(path):3: item 'z' is not in the items file",
        "\(path):4: user 'eve' is not in the users file", "\(path):5: 1 fields, expected 2",
      ])
  }
}
