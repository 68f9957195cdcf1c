import Artifacts
import Foundations
import Testing

/// A damaged safetensors file and what the reader says of it.
struct Damage: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var header: String
  var data = 8
  var problem: ArtifactError.Problem

  init(_ name: String, _ header: String, data: Int = 8, _ problem: ArtifactError.Problem) {
    (testDescription, self.header, self.data, self.problem) = (name, header, data, problem)
  }

  static let cases: [Damage] = [
    Damage(
      "an unknown dtype", #"{"x":{"dtype":"BF16","shape":[4],"data_offsets":[0,8]}}"#,
      .unknownType(name: "x", found: "BF16")),
    Damage(
      "the name of no dtype", #"{"x":{"dtype":"text","shape":[8],"data_offsets":[0,8]}}"#,
      .unknownType(name: "x", found: "text")),
    Damage(
      "offsets past the end", #"{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#,
      .offsetsOutside(name: "x", found: [0, 12], dataBytes: 8)),
    Damage(
      "negative offsets", #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#,
      .offsetsOutside(name: "x", found: [-8, 0], dataBytes: 8)),
    Damage(
      "falling offsets", #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#,
      .offsetsOutside(name: "x", found: [8, 0], dataBytes: 8)),
    Damage(
      "three offsets", #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}"#,
      .offsetsOutside(name: "x", found: [0, 8, 8], dataBytes: 8)),
    Damage(
      "overlapping columns",
      #"{"x":{"dtype":"U8","shape":[6],"data_offsets":[0,6]},"y":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#,
      .offsetsNotAdjoining(name: "y", found: 4, expected: 6)),
    Damage(
      "the same data twice",
      #"{"x":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"y":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#,
      .offsetsNotAdjoining(name: "y", found: 0, expected: 8)),
    Damage(
      "a gap before the first column", #"{"x":{"dtype":"U8","shape":[6],"data_offsets":[2,8]}}"#,
      .offsetsNotAdjoining(name: "x", found: 2, expected: 0)),
    Damage(
      "an empty column inside another",
      #"{"x":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"y":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}}"#,
      .offsetsNotAdjoining(name: "y", found: 4, expected: 8)),
    Damage(
      "data of no column", #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
      .unusedData(found: 8, expected: 4)),
    Damage("no column for the data", "{}", .unusedData(found: 8, expected: 0)),
    Damage(
      "a shape of other size", #"{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
      .sizeMismatch(name: "x", shape: [3], found: 8)),
    Damage(
      "a negative shape", #"{"x":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}"#,
      .sizeMismatch(name: "x", shape: [-1, -2], found: 8)),
    Damage(
      "a shape whose size overflows",
      #"{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#,
      .sizeMismatch(name: "x", shape: [1 << 62, 4], found: 8)),
    Damage(
      "a key twice",
      #"{"x":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"x":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}"#,
      .badHeader("a key occurs twice or is none of safetensors")),
    Damage(
      "a key of a column twice",
      #"{"x":{"dtype":"U8","dtype":"U8","shape":[8],"data_offsets":[0,8]}}"#,
      .badHeader("a key occurs twice or is none of safetensors")),
    Damage(
      "a key of the metadata twice", #"{"__metadata__":{"a":"1","\u0061":"2"}}"#, data: 0,
      .badHeader("a key occurs twice or is none of safetensors")),
    Damage(
      "text that is cut within a character",
      #"{"x":{"dtype":"U8","shape":[2],"data_offsets":[24,26]},"x.offsets":{"dtype":"I64","shape":[3],"data_offsets":[0,24]}}"#,
      data: -1, .invalidText(name: "x", byte: 1)),
  ]

  /// Zeros, or for −1 the two bytes of é with the offsets 0, 1, 2 before them.
  var bytes: [UInt8] {
    data >= 0
      ? [UInt8](repeating: 0, count: data)
      : [Int64]([0, 1, 2]).flatMap { [UInt8($0), 0, 0, 0, 0, 0, 0, 0] } + [0xC3, 0xA9]
  }
}

@Suite struct CorruptionTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder("a.safetensors.zst")
  }

  private func expect(_ problem: ArtifactError.Problem, stage: String? = nil) {
    #expect(throws: ArtifactError(path: path, problem: problem, stage: stage)) {
      try Artifact(contentsOf: path)
    }
  }

  @Test(arguments: Damage.cases) func aDamagedHeaderIsRefused(_ damage: Damage) throws {
    try put(container(damage.header, data: damage.bytes), at: path)
    expect(damage.problem)
  }

  @Test(arguments: [
    "", "[]", "{", #"{"x":1}"#, #"{"x":{"dtype":"F32","shape":[0]}}"#, "nonsense",
    #"{"x":{"dtype":"U8","shape":[0.5],"data_offsets":[0,0]}}"#,
    #"{"x":{"dtype":"U8","shape":[0],"data_offsets":[0,18446744073709551616]}}"#,
    #"{"x":{"dtype":"U8","shape":["0"],"data_offsets":[0,0]}}"#,
    #"{"__metadata__":{"a":1}}"#, #"{"__metadata__":[]}"#, "{} {}", "{}\u{0}",
  ])
  func aHeaderThatIsNoSafetensorsHeaderIsRefused(_ header: String) throws {
    try put(container(header), at: path)
    let error = #expect(throws: ArtifactError.self) { try Artifact(contentsOf: path) }
    guard case .badHeader(let reason)? = error?.problem else {
      Issue.record("found \(String(describing: error))")
      return
    }
    #expect(!reason.isEmpty)
  }

  @Test func aHeaderThatIsNotUTF8IsRefused() throws {
    try put(Zstd.compress(safetensors(Array("{\"".utf8) + [0xFF] + Array("\":{}}".utf8))), at: path)
    #expect(throws: ArtifactError.self) { try Artifact(contentsOf: path) }
  }

  @Test func aHeaderThatIsCutOffOrTooLargeIsRefused() throws {
    try put(Zstd.compress([1, 2, 3]), at: path)
    expect(.headerCutOff(found: 3, expected: 8))
    try put(Zstd.compress([9, 0, 0, 0, 0, 0, 0, 0, 123, 125]), at: path)
    expect(.headerCutOff(found: 10, expected: 17))
    try put(Zstd.compress([UInt8](repeating: 255, count: 8)), at: path)
    expect(.headerTooLarge(found: .max, limit: 16 << 20))
    try everyKind().write(to: path)
    let error = #expect(throws: ArtifactError.self) {
      try Artifact(contentsOf: path, limits: .init(headerBytes: 100, totalBytes: 1 << 20))
    }
    guard case .headerTooLarge(_, limit: 100)? = error?.problem else {
      Issue.record("found \(String(describing: error))")
      return
    }
  }

  @Test(arguments: [
    ([Int64](), "0 offsets, first none, last none", "first 0, last 3", 0),
    ([1, 3], "2 offsets, first 1, last 3", "first 0, last 3", 0),
    ([0, 2], "2 offsets, first 0, last 2", "first 0, last 3", 0),
    ([0, 4], "2 offsets, first 0, last 4", "first 0, last 3", 0),
    ([0, 2, 1, 3], "1", "at least 2, the offset before it", 2),
    ([0, 9, 3], "3", "at least 9, the offset before it", 2),
    ([0, -1, 3], "-1", "at least 0, the offset before it", 1),
  ])
  func textOffsetsThatDoNotRiseFromFirstToLastByteAreRefused(
    offsets: [Int64], found: String, expected: String, row: Int
  ) throws {
    var artifact = Artifact(schema: "s")
    artifact.set("t.offsets", int64s: offsets)
    artifact.set("t", bytes: [97, 98, 99])
    let problem = ArtifactError.Problem.badTextOffsets(
      name: "t", row: row, found: found, expected: expected)
    #expect(throws: ArtifactError(path: "(s in memory)", problem: problem)) {
      try artifact.text("t")
    }
    #expect(throws: ArtifactError(path: path, problem: problem)) { try artifact.write(to: path) }
  }

  @Test func textThatIsNotUTF8IsRefused() throws {
    var artifact = Artifact(schema: "s")
    artifact.set("t.offsets", int64s: [0, 4])
    artifact.set("t", bytes: [97, 98, 0xFF, 99])
    #expect(throws: ArtifactError(path: path, problem: .invalidText(name: "t", byte: 2))) {
      try artifact.write(to: path)
    }
  }

  @Test func anotherSchemaVersionOrFormatIsRefused() throws {
    try everyKind().write(to: path)
    let stage = "preprocess"
    #expect(
      throws: ArtifactError(
        path: path, problem: .wrongSchema(found: "sample", expected: "users"), stage: stage)
    ) { try Artifact(contentsOf: path, schema: "users", version: 2) }
    #expect(
      throws: ArtifactError(
        path: path, problem: .wrongVersion(schema: "sample", found: "2", expected: 1), stage: stage)
    ) { try Artifact(contentsOf: path, schema: "sample") }
    try put(container(#"{"__metadata__":{"schema":"s","version":"1","format":"2"}}"#), at: path)
    expect(.wrongFormat(found: "2", expected: "1"))
    try put(container("{}"), at: path)
    #expect(
      throws: ArtifactError(path: path, problem: .wrongSchema(found: "", expected: "users"))
    ) { try Artifact(contentsOf: path, schema: "users") }
  }

  @Test func missingColumnsAndOtherTypesAreRefused() throws {
    try everyKind().write(to: path)
    let artifact = try Artifact(contentsOf: path)
    let missing = ArtifactError(
      path: path,
      problem: .missingColumn(name: "ratings", columns: artifact.columnNames), stage: "preprocess")
    #expect(throws: missing) { try artifact.floats("ratings") }
    #expect(throws: missing) { try artifact.text("ratings") }
    #expect(throws: missing) { try artifact.shape(of: "ratings") }
    func wrong(_ name: String, _ found: ColumnType, _ expected: ColumnType) -> ArtifactError {
      ArtifactError(
        path: path, problem: .wrongColumnType(name: name, found: found, expected: expected),
        stage: "preprocess")
    }
    #expect(throws: wrong("items", .int32, .float32)) { try artifact.floats("items") }
    #expect(throws: wrong("items", .int32, .float64)) { try artifact.doubles("items") }
    #expect(throws: wrong("scores", .float32, .int32)) { try artifact.int32s("scores") }
    #expect(throws: wrong("scores", .float32, .int64)) { try artifact.int64s("scores") }
    #expect(throws: wrong("titles", .text, .int64)) { try artifact.int64s("titles") }
    #expect(throws: wrong("times", .int64, .uint8)) { try artifact.bytes("times") }
    #expect(throws: wrong("flags", .uint8, .text)) { try artifact.text("flags") }
  }

  @Test func aFileOverTheLimitIsRefusedBeforeItIsDecompressed() throws {
    var artifact = Artifact(schema: "s")
    artifact.set("zeros", bytes: [UInt8](repeating: 0, count: 10_000_000))
    try artifact.write(to: path)
    let size = UInt64(try Files.read(path).count)
    #expect(
      throws: ArtifactError(
        path: path, problem: .container(.tooLarge(found: size, limit: 1_000_000)))
    ) {
      try Artifact(contentsOf: path, limits: .init(headerBytes: 1000, totalBytes: 1_000_000))
    }
    #expect(throws: FileError(path: path, operation: "read", problem: .tooLarge(limit: 100))) {
      try Artifact(contentsOf: path, limits: .init(headerBytes: 1000, totalBytes: 100))
    }
  }

  /// One frame as written, and several, so that damage may hit any of them.
  private func variants() throws -> (artifact: Artifact, files: [[UInt8]]) {
    let artifact = everyKind()
    try artifact.write(to: path)
    let plain = try Files.read(path)
    return (artifact, [try Files.readStored(path), Zstd.compress(plain, blockSize: 100)])
  }

  @Test func noFlippedBitCrashesTheReaderOrChangesWhatItReads() throws {
    let (artifact, files) = try variants()
    var refused = 0
    for file in files {
      for index in file.indices {
        for mask in [1, 2, 4, 8, 16, 32, 64, 128, 255] as [UInt8] {
          var damaged = file
          damaged[index] ^= mask
          do {
            let read = try Artifact(bytes: damaged, from: path)
            #expect(read == artifact, "byte \(index), mask \(mask)")
          } catch is ArtifactError {
            refused += 1
          }
        }
      }
    }
    #expect(refused > 9 * (files[0].count + files[1].count) * 9 / 10)
  }

  @Test func aFileCutOffAnywhereIsRefused() throws {
    let (artifact, files) = try variants()
    let size = try Zstd.decompress(files[0]).count
    for (file, frames) in zip(files, [1, (size + 99) / 100]) {
      // Without its seek table, and only so, a shorter file is whole.
      let data = file.count - (8 + 8 * frames + 9)
      for length in 0..<file.count {
        let cut = Array(file[..<length])
        if length == data {
          #expect(try Artifact(bytes: cut, from: path) == artifact)
        } else {
          #expect(throws: ArtifactError.self, "length \(length)") {
            try Artifact(bytes: cut, from: path)
          }
        }
      }
    }
  }

  @Test func messagesSayWhatWasFoundWhatWasExpectedAndWhatToDo() {
    func message(_ problem: ArtifactError.Problem, _ stage: String? = "preprocess") -> String {
      "\(ArtifactError(path: "a/train", problem: problem, stage: stage))"
    }
    #expect(
      message(.wrongVersion(schema: "users", found: "1", expected: 2)) == """
        a/train: found version 1 of schema users, expected 2; delete the file and run stage \
        preprocess again with this version of the program
        """)
    #expect(
      message(.wrongSchema(found: "users", expected: "targets")) == """
        a/train: found schema 'users', expected 'targets'; give the path of the right artifact \
        (stage preprocess wrote this one)
        """)
    #expect(
      message(.container(.truncated(frameAt: 12, end: 40)), nil) == """
        a/train: found the end of the file at byte 40, expected the rest of the zstd frame that \
        starts at byte 12; delete the file and run the stage that wrote it again
        """)
    #expect(
      message(.container(.notZstd(found: [0x50, 0x4B, 3, 4])), nil) == """
        a/train: found the first bytes 50 4b 03 04, expected a zstd frame (28 b5 2f fd); name an \
        artifact (a .safetensors.zst file that a stage wrote)
        """)
    #expect(
      message(.missingColumn(name: "rating", columns: ["items", "ratings"])) == """
        a/train: found no column 'rating', expected it among items, ratings; check that this is \
        the right artifact, or run stage preprocess again
        """)
  }
}
