import Artifacts
import Foundations
import Testing

@Suite struct RoundTripTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func everyKindOfColumnComesBackAsItWas() throws {
    let written = everyKind()
    let path = folder("a.safetensors.zst")
    try written.write(to: path)
    let read = try Artifact(contentsOf: path, schema: "sample", version: 2)
    #expect(read == written)
    #expect(read.path == path)
    #expect(read.metadata == ["stage": "preprocess"])
    #expect(read.columnNames == ["flags", "items", "scores", "times", "titles", "weights"])
    #expect(
      try read.floats("scores").map(\.bitPattern) == written.floats("scores").map(\.bitPattern))
    #expect(try read.shape(of: "scores") == [2, 3])
    #expect(try read.doubles("weights") == [.pi, -1e300])
    #expect(try read.int32s("items") == [.min, -1, 0, .max])
    #expect(try read.int64s("times") == [.min, .max])
    #expect(try read.bytes("flags") == [0, 255, 128])
    #expect(try read.text("titles") == ["", "Amélie", "a\"b\\c\n\u{0}", "", "日本 🎬", ""])
    #expect(try read.shape(of: "titles") == [6])
    #expect(try read.type(of: "titles") == .text)
    #expect(try read.int64s("titles.offsets").count == 7)
  }

  @Test(arguments: [
    [], [""], ["", ""], ["x"], ["", "x"], ["x", ""], ["e\u{301}", "\u{e9}", "👩‍👩‍👧"],
  ])
  func textComesBackToTheLastByte(_ strings: [String]) throws {
    var artifact = Artifact(schema: "s")
    artifact.set("text", text: strings)
    try artifact.write(to: folder("a"))
    let read = try Artifact(contentsOf: folder("a")).text("text")
    #expect(read.map { Array($0.utf8) } == strings.map { Array($0.utf8) })
  }

  @Test func columnsWithoutRowsAndArtifactsWithoutColumnsComeBack() throws {
    var artifact = Artifact(schema: "s")
    try artifact.write(to: folder("none"))
    #expect(try Artifact(contentsOf: folder("none")) == artifact)
    artifact.set("a", floats: [], shape: [0, 64])
    artifact.set("b", int32s: [])
    artifact.set("c", doubles: [2])
    artifact.set("d", int64s: [], shape: [3, 0])
    artifact.set("e", bytes: [])
    artifact.set("scalar", floats: [4], shape: [])
    try artifact.write(to: folder("some"))
    let read = try Artifact(contentsOf: folder("some"))
    #expect(read == artifact)
    #expect(try read.shape(of: "a") == [0, 64])
    #expect(try read.shape(of: "scalar") == [])
  }

  @Test func namesAndMetadataMayHoldAnyCharacter() throws {
    var artifact = Artifact(
      schema: "s", metadata: ["k\"\\/\u{7}\n": "{\"a\": [1, \"::\"]}", "é": "", "": "empty key"])
    artifact.set("a \"quoted\" : name\\", int32s: [1])
    artifact.set("", int32s: [2])
    artifact.set("日本/🎬", int32s: [3])
    try artifact.write(to: folder("a"))
    #expect(try Artifact(contentsOf: folder("a")) == artifact)
  }

  @Test func bytesDoNotDependOnThreadsOrOnTheOrderOfStoring() throws {
    // Three and a bit blocks of 4 MiB.
    let numbers = (0..<3_300_000).map { Float(($0 &* 2_654_435_761) % 1000) }
    var forward = Artifact(schema: "s", metadata: ["a": "1", "b": "2"])
    forward.set("x", floats: numbers)
    forward.set("y", text: ["one", "two"])
    var backward = Artifact(schema: "s", metadata: ["b": "2", "a": "1"])
    backward.set("y", text: ["one", "two"])
    backward.set("x", floats: numbers)
    let digest = try forward.write(to: folder("1"))
    #expect(try Digest.sha256(fileAt: folder("1")) == digest)
    for threads in [2, 3, 16] {
      #expect(try backward.write(to: folder("2"), threads: threads) == digest)
      #expect(try Artifact(contentsOf: folder("2"), threads: threads) == forward)
    }
  }

  @Test func theFileIsAlignedSafetensors() throws {
    try everyKind().write(to: folder("a"))
    let bytes = try Files.read(folder("a"))
    let length = Int(bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
    #expect(length % 8 == 0)
    var header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
    while header.last == " " { header.removeLast() }
    #expect(
      header == """
        {"__metadata__":{"format":"1","schema":"sample","stage":"preprocess","version":"2"},\
        "flags":{"dtype":"U8","shape":[3,1],"data_offsets":[128,131]},\
        "items":{"dtype":"I32","shape":[4],"data_offsets":[88,104]},\
        "scores":{"dtype":"F32","shape":[2,3],"data_offsets":[104,128]},\
        "times":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},\
        "titles":{"dtype":"U8","shape":[25],"data_offsets":[131,156]},\
        "titles.offsets":{"dtype":"I64","shape":[7],"data_offsets":[16,72]},\
        "weights":{"dtype":"F64","shape":[2],"data_offsets":[72,88]}}
        """)
  }

  @Test func storingAgainReplacesTextWithItsOffsets() throws {
    var artifact = Artifact(schema: "s")
    artifact.set("a", text: ["x", "y"])
    artifact.set("a", floats: [1])
    #expect(artifact.columnNames == ["a"])
    #expect(!artifact.has("a.offsets"))
    artifact.set("a", text: ["z"])
    #expect(try artifact.text("a") == ["z"])
    artifact.remove("a")
    #expect(artifact == Artifact(schema: "s"))
  }

  @Test func artifactsDifferInSchemaVersionMetadataAndColumns() {
    let base = everyKind()
    var other = base
    other.set("items", int32s: [1])
    #expect(other != base)
    other = base
    other.metadata["seed"] = "1"
    #expect(other != base)
    #expect(Artifact(schema: "a") != Artifact(schema: "b"))
    #expect(Artifact(schema: "a") != Artifact(schema: "a", version: 2))
  }

  @Test func nonFiniteNumbersPassOnlyWhereAllowed() throws {
    var artifact = Artifact(schema: "s", metadata: ["stage": "train"])
    artifact.set("x", floats: [0, .infinity])
    artifact.set("y", doubles: [1, 2, .nan])
    let path = folder("a")
    let refused = ArtifactError(
      path: path, problem: .nonFinite(name: "x", index: 1, found: "inf"), stage: "train")
    #expect(throws: refused) { try artifact.write(to: path) }
    #expect(try folder.names.isEmpty)
    try artifact.write(to: path, allowingNonFinite: true)
    #expect(throws: refused) { try Artifact(contentsOf: path) }
    let read = try Artifact(contentsOf: path, allowingNonFinite: true)
    #expect(try read.floats("x") == [0, .infinity])
    #expect(try read.doubles("y")[2].isNaN)
  }

  @Test func aShapeThatDoesNotHoldTheValuesIsAProgrammingError() async {
    await #expect(processExitsWith: .failure) {
      var artifact = Artifact(schema: "s")
      artifact.set("x", floats: [1, 2, 3], shape: [2, 2])
    }
    await #expect(processExitsWith: .failure) {
      let artifact = Artifact(schema: "s", metadata: ["version": "9"])
      try artifact.write(to: "/dev/null/never")
    }
  }
}
