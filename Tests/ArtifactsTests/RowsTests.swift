import Artifacts
import Testing

@Suite struct RowsTests {
  private func rows(
    _ artifact: Artifact, of name: String, as format: RowFormat
  ) throws -> String {
    var bytes: [UInt8] = []
    try artifact.writeRows(of: try artifact.table(of: name), as: format) {
      bytes.append(contentsOf: $0)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private var users: Artifact {
    var artifact = Artifact(schema: "sample", metadata: ["stage": "preprocess", "seed": "7"])
    artifact.set("id", text: ["u1", "a,\"b\"", ""])
    artifact.set("age", int32s: [30, -1, 5])
    artifact.set("taste", floats: [0.1, 2, .nan, 4, 1e-7, -.infinity], shape: [3, 2])
    artifact.set("cube", doubles: (0..<12).map(Double.init), shape: [3, 2, 2])
    artifact.set("nothing", bytes: [], shape: [3, 0])
    artifact.set("offsets", int64s: [0, 1, 2, .max])
    artifact.set("scalar", floats: [2.5], shape: [])
    return artifact
  }

  @Test func columnsOfTheSameLengthFormTables() throws {
    let names = users.tables.map { ($0.rows, $0.columns) }
    #expect(names.map(\.0) == [3, 4, 1])
    #expect(
      names.map(\.1) == [["age", "cube", "id", "nothing", "taste"], ["offsets"], ["scalar"]])
    #expect(throws: ArtifactError.self) { try users.table(of: "none") }
  }

  @Test func jsonLinesNestColumnsOfSeveralDimensions() throws {
    #expect(
      try rows(users, of: "id", as: .jsonLines) == #"""
        {"age":30,"cube":[[0.0,1.0],[2.0,3.0]],"id":"u1","nothing":[],"taste":[0.1,2.0]}
        {"age":-1,"cube":[[4.0,5.0],[6.0,7.0]],"id":"a,\"b\"","nothing":[],"taste":[null,4.0]}
        {"age":5,"cube":[[8.0,9.0],[10.0,11.0]],"id":"","nothing":[],"taste":[1e-07,null]}

        """#)
    #expect(try rows(users, of: "scalar", as: .jsonLines) == "{\"scalar\":2.5}\n")
  }

  @Test func csvSpreadsColumnsOfSeveralDimensions() throws {
    #expect(
      try rows(users, of: "age", as: .csv) == """
        age,cube[0][0],cube[0][1],cube[1][0],cube[1][1],id,taste[0],taste[1]
        30,0.0,1.0,2.0,3.0,u1,0.1,2.0
        -1,4.0,5.0,6.0,7.0,"a,""b""\",nan,4.0
        5,8.0,9.0,10.0,11.0,"",1e-07,-inf

        """)
    #expect(
      try rows(users, of: "offsets", as: .csv) == "offsets\n0\n1\n2\n9223372036854775807\n")
  }

  @Test func lineBreaksStayWithinTheirField() throws {
    var artifact = Artifact(schema: "s")
    artifact.set("t", text: ["a\r\nb", "c\u{1}\t"])
    #expect(try rows(artifact, of: "t", as: .csv) == "t\n\"a\r\nb\"\nc\u{1}\t\n")
    #expect(
      try rows(artifact, of: "t", as: .jsonLines)
        == "{\"t\":\"a\\r\\nb\"}\n{\"t\":\"c\\u0001\\t\"}\n")
  }

  @Test func manyRowsComeInPieces() throws {
    var artifact = Artifact(schema: "s")
    artifact.set("x", int32s: Array(0..<100_000))
    var pieces = 0
    var lines = 0
    try artifact.writeRows(of: artifact.tables[0], as: .csv) { bytes in
      pieces += 1
      lines += bytes.count { $0 == UInt8(ascii: "\n") }
      #expect(bytes.count < 70_000)
    }
    #expect(pieces > 5)
    #expect(lines == 100_001)
  }

  @Test func theSummaryHoldsStatisticsOfFiniteValues() throws {
    let summary = try users.summary()
    func column(_ name: String) throws -> ArtifactSummary.Column {
      try #require(summary.columns.first { $0.name == name })
    }
    #expect(summary.columns.map(\.name) == users.columnNames)
    let taste = try column("taste")
    #expect(taste.minimum == .real(Double(Float(1e-7))))
    #expect(taste.maximum == .real(4))
    #expect(taste.nonFinite == 2)
    #expect(taste.first == ["0.1", "2.0", "nan"])
    let mean = try #require(taste.mean)
    #expect(abs(mean - 6.1000001 / 4) < 1e-6)
    #expect(try column("offsets").maximum == .integer(.max))
    #expect(try column("id").first == ["u1", "a,\"b\"", ""])
    #expect(try column("nothing").minimum == nil)
    #expect(try column("cube").shape == [3, 2, 2])
  }

  @Test func theSummaryPrintsForPeopleAndPrograms() throws {
    var artifact = Artifact(schema: "users", metadata: ["stage": "preprocess"])
    artifact.set("ages", int32s: [3, 4])
    artifact.set("ids", text: ["a", "b\nc"])
    artifact.set("w", floats: [0.5, .nan])
    let summary = try artifact.summary()
    #expect(
      summary.text == """
        schema users 1
        stage = preprocess

        column  type  shape  bytes  min  max  mean  first
        ages    I32   [2]    8      3    4    3.5   3 | 4
        ids     text  [2]    4                      a | b c
        w       F32   [2]    8      0.5  0.5  0.5   0.5 | nan (1 not finite)

        """)
    #expect(
      summary.json.contains(
        """
            {
              "bytes" : 8,
              "first" : [
                "3",
                "4"
              ],
              "maximum" : 4,
              "mean" : 3.5,
              "minimum" : 3,
              "name" : "ages",
              "nonFinite" : 0,
              "shape" : [
                2
              ],
              "type" : "I32"
            }
        """))
  }
}
