import Datasets
import Testing

@Suite struct MovieLensTests {
  @Test func `100K files give titles, years, genres and user attributes`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let flags = { (on: [Int]) in (0..<19).map { on.contains($0) ? "1" : "0" }.joined(separator: "|")
    }
    let (raw, report) = try readDataset(
      format: .movielens100k,
      files: [
        "interactions": folder.write("u.data", "7\t2\t3\t881250949\r\n9\t1\t5\t891717742\n"),
        "items": folder.write(
          "u.item",
          """
          1|Misérables, Les (1995) |01-Jan-1994||http://x|\(flags([8, 12]))
          2|unknown||||\(flags([0]))
          3|Pilot|12-Mar-1997||http://x|\(flags([5]))

          """),
        "users": folder.write("u.user", "7|24|M|technician|85711\n9|53|F|other|V1G4L\n"),
      ])
    #expect(raw.items.ids == ["1", "2", "3"])
    #expect(raw.items.titles == ["Misérables, Les (1995)", "unknown", "Pilot"])
    #expect(raw.items.attribute("year")?.values == [["1995"], [], ["1997"]])
    #expect(raw.items.attribute("year")?.isNumeric == true)
    #expect(raw.items.attribute("genres")?.values == [["Drama", "Musical"], [], ["Comedy"]])
    #expect(raw.users.attribute("age")?.values == [["24"], ["53"]])
    #expect(raw.users.attribute("gender")?.values == [["M"], ["F"]])
    #expect(raw.users.attribute("occupation")?.values == [["technician"], ["other"]])
    #expect(raw.users.attribute("zip")?.values == [["85711"], ["V1G4L"]])
    #expect(raw.interactionUsers == [0, 1])
    #expect(raw.interactionItems == [1, 0])
    #expect(raw.ratings == [3, 5])
    #expect(raw.times == [881_250_949, 891_717_742])
    #expect(raw.hasTimes && raw.likeThreshold == 4)
    #expect(report.files.map(\.records) == [3, 2, 2])
    #expect(report.files.map(\.badLines) == [0, 0, 0])
  }

  @Test func `1M files give the names behind the age and occupation codes`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let (raw, _) = try readDataset(
      format: .movielens1m,
      files: [
        "interactions": folder.write("ratings.dat", "1::73::4::978300760"),
        "items": folder.write("movies.dat", "73::Misérables, Les (1995)::Drama|Musical\n"),
        "users": folder.write("users.dat", "1::F::1::10::48067\n2::M::56::16::70072\n"),
      ])
    #expect(raw.items.titles == ["Misérables, Les (1995)"])
    #expect(raw.items.attribute("year")?.values == [["1995"]])
    #expect(raw.items.attribute("genres")?.values == [["Drama", "Musical"]])
    #expect(raw.users.attribute("age")?.values == [["under 18"], ["56+"]])
    #expect(raw.users.attribute("age")?.isNumeric == false)
    #expect(raw.users.attribute("occupation")?.values == [["K-12 student"], ["self-employed"]])
    #expect(raw.ratings == [4])
  }

  @Test func `Bad ratings are counted and shown with file, line and reason`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let ratings = try folder.write(
      "ratings.dat",
      """
      1::73::4::978300760
      1::73::9::978300760
      1::74::4::978300760
      2::73::4::978300760
      1::73::4::noon
      1::73::4

      """)
    let (raw, report) = try readDataset(
      format: .movielens1m,
      files: [
        "interactions": ratings,
        "items": folder.write("movies.dat", "73::A (1995)::Drama\n"),
        "users": folder.write("users.dat", "1::F::1::10::48067\n"),
      ], options: ReadOptions(maximumBadShare: 0.9))
    #expect(raw.interactionCount == 1)
    #expect(report.file("interactions")?.badLines == 5)
    #expect(
      report.file("interactions")?.examples == [
        "\(ratings):2: rating '9', expected 1 to 5",
        "\(ratings):3: item '74' is not in the items file",
        "\(ratings):4: user '2' is not in the users file",
        "\(ratings):5: timestamp 'noon' is no whole number",
        "\(ratings):6: 3 fields, expected 4",
      ])
  }

  @Test func `Bad movies and users name their fault`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let movies = try folder.write("m", "73::A (1995)::Drama\n73::B (1996)::War\n74::B\n::C::War\n")
    let users = try folder.write("u", "1::F::1::10::4\n2::F::2::10::4\n3::F::1::21::4\n")
    let (_, report) = try readDataset(
      format: .movielens1m,
      files: ["interactions": folder.write("r", "1::73::4::9\n"), "items": movies, "users": users],
      options: ReadOptions(maximumBadShare: 0.9))
    #expect(
      report.file("items")?.examples == [
        "\(movies):2: 73 is listed twice", "\(movies):3: 2 fields, expected 3",
        "\(movies):4: the identifier is empty",
      ])
    #expect(
      report.file("users")?.examples == [
        "\(users):2: age code '2', expected 1, 18, 25, 35, 45, 50 or 56",
        "\(users):3: occupation code '21', expected 0 to 20",
      ])
  }
}
