import Artifacts
import Foundation
import Foundations
import Testing

/// The Python that has the packages `safetensors` and `numpy`, if there is one.
private let interpreter: String? = {
  let name = ProcessInfo.processInfo.environment["LLAMA4REC_PYTHON"] ?? "python3"
  let outcome = try? run([name, "-c", "import numpy, safetensors.numpy"])
  return outcome?.status == 0 ? name : nil
}()

private let hasZstd = (try? run(["zstd", "--version"]))?.status == 0

@Suite(.enabled(if: hasZstd, "needs the zstd command line"))
struct InteroperabilityTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let needsPython = Comment(
    "needs a Python with safetensors and numpy; name it in LLAMA4REC_PYTHON")

  private func runPython(_ code: String) throws -> String {
    let name = try #require(interpreter)
    let outcome = try run([name, "-c", code])
    #expect(outcome.status == 0, "\(outcome.output)")
    return outcome.output
  }

  @Test func theCommandLineTestsAndDecompressesWhatIsWritten() throws {
    let path = folder("a.safetensors.zst")
    try put(Zstd.compress([UInt8](repeating: 5, count: 1000), blockSize: 300), at: folder("b.zst"))
    try everyKind().write(to: path)
    for file in [path, folder("b.zst")] {
      let outcome = try run(["zstd", "--test", file])
      #expect(outcome.status == 0, "\(outcome.output)")
    }
    #expect(try run(["zstd", "-q", "-d", path]).status == 0)
    #expect(try Files.readStored(folder("a.safetensors")) == Files.read(path))
  }

  @Test(arguments: [["-3"], ["-19", "--no-check"], ["-1", "--no-content-size"]])
  func filesOfTheCommandLineAreRead(_ options: [String]) throws {
    try everyKind().write(to: folder("a.zst"))
    try put(try Files.read(folder("a.zst")), at: folder("plain"))
    let outcome = try run(["zstd", "-q", folder("plain"), "-o", folder("again")] + options)
    #expect(outcome.status == 0, "\(outcome.output)")
    #expect(try Artifact(contentsOf: folder("again"), schema: "sample", version: 2) == everyKind())
    // Frames after one another are one file; the second holds what follows the first.
    try put(Array(repeating: 7, count: 400_000), at: folder("plain"))
    #expect(try run(["zstd", "-qf", folder("plain"), "-o", folder("one")] + options).status == 0)
    let frame = try Files.readStored(folder("one"))
    try put(frame + frame, at: folder("two"))
    #expect(try Files.read(folder("two")) == Array(repeating: 7, count: 800_000))
    for length in 1..<frame.count {
      #expect(throws: ZstdError.self) { try Zstd.decompress(Array(frame[..<length])) }
    }
    #expect(throws: ZstdError.self) { try Zstd.decompress(frame + frame, limit: 799_999) }
  }

  @Test(.enabled(if: interpreter != nil, needsPython))
  func pythonOpensWhatIsWritten() throws {
    try everyKind().write(to: folder("a.safetensors.zst"))
    let output = try runPython(
      """
      import subprocess, safetensors.numpy, safetensors, json
      raw = subprocess.run(["zstd", "-dc", "\(folder("a.safetensors.zst"))"], capture_output=True, check=True).stdout
      columns = safetensors.numpy.load(raw)
      open("\(folder("a.safetensors"))", "wb").write(raw)
      with safetensors.safe_open("\(folder("a.safetensors"))", "numpy") as f:
        print(json.dumps(f.metadata(), sort_keys=True))
      for name in sorted(columns):
        print(name, columns[name].dtype, columns[name].shape, columns[name].tolist())
      text, ends = bytes(columns["titles"]), columns["titles.offsets"]
      print([text[a:b].decode() for a, b in zip(ends, ends[1:])] == ["", "Amélie", 'a"b\\\\c\\n\\0', "", "日本 🎬", ""])
      """)
    let lines = output.split(separator: "\n").map(String.init)
    #expect(
      lines.first
        == #"{"format": "1", "schema": "sample", "stage": "preprocess", "version": "2"}"#)
    #expect(lines.contains("flags uint8 (3, 1) [[0], [255], [128]]"))
    #expect(lines.contains("items int32 (4,) [-2147483648, -1, 0, 2147483647]"))
    #expect(lines.contains("weights float64 (2,) [3.141592653589793, -1e+300]"))
    #expect(lines.contains { $0.hasPrefix("scores float32 (2, 3) [[1.5, -0.25, ") })
    #expect(lines.last == "True")
  }

  @Test(.enabled(if: interpreter != nil, needsPython))
  func filesOfPythonAreRead() throws {
    _ = try runPython(
      """
      import numpy as n, safetensors.numpy
      safetensors.numpy.save_file({
        "x": n.array([[1, 2], [3, 4.5]], n.float32), "z": n.zeros((0, 7)), "b": n.array([1, 2, 3], n.uint8),
        "i": n.array([-5], n.int64), "j": n.array([[7]], n.int32), "s": n.array(2.5, n.float64),
        "t": n.frombuffer("aé".encode(), n.uint8), "t.offsets": n.array([0, 1, 1, 3]),
      }, "\(folder("p.safetensors"))", metadata={"schema": "sample", "version": "3", "format": "1", "note": "é"})
      safetensors.numpy.save_file({"x": n.ones(3, n.float32)}, "\(folder("q.safetensors"))")
      """)
    for name in ["p", "q"] {
      #expect(try run(["zstd", "-q", folder("\(name).safetensors")]).status == 0)
    }
    let read = try Artifact(contentsOf: folder("p.safetensors.zst"), schema: "sample", version: 3)
    var expected = Artifact(schema: "sample", version: 3, metadata: ["note": "é"])
    expected.set("x", floats: [1, 2, 3, 4.5], shape: [2, 2])
    expected.set("z", doubles: [], shape: [0, 7])
    expected.set("b", bytes: [1, 2, 3])
    expected.set("i", int64s: [-5])
    expected.set("j", int32s: [7], shape: [1, 1])
    expected.set("s", doubles: [2.5], shape: [])
    expected.set("t", text: ["a", "", "é"])
    #expect(read == expected)
    let foreign = try Artifact(contentsOf: folder("q.safetensors.zst"))
    #expect(foreign.schema.isEmpty && foreign.version == 0)
    #expect(try foreign.floats("x") == [1, 1, 1])
  }

  @Test(.enabled(if: interpreter != nil, needsPython))
  func theCommandsOfTheDocumentationOpenAnArtifact() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let page = try String(
      contentsOf: root.appendingPathComponent("docs/artifact-format.md"), encoding: .utf8)
    let blocks = page.components(separatedBy: "```")
    let shell = try #require(blocks.first { $0.hasPrefix("sh\n") }).dropFirst(3)
      .replacing("python3", with: try #require(interpreter)).split(separator: "\n")
      .filter { !$0.hasPrefix("llama4rec") }.joined(separator: "\n")
    let decoding = try #require(blocks.first { $0.hasPrefix("python\n") }).dropFirst(7)
      .replacing("NAME", with: "titles")

    var artifact = Artifact(schema: "sample")
    artifact.set("titles", text: ["Amélie", "", "Heat"])
    artifact.set("ratings", floats: [1.5, 2.5])
    try artifact.write(to: folder("train.safetensors.zst"))
    let opened = try run(["sh", "-ec", "cd '\(folder.path)'\n\(shell)"])
    #expect(opened.status == 0 && opened.output.contains("array([1.5, 2.5], dtype=float32)"))
    let strings = try runPython(
      """
      import safetensors.numpy
      columns = safetensors.numpy.load_file("\(folder("train.safetensors"))")
      \(decoding)
      print(strings)
      """)
    #expect(strings == "['Amélie', '', 'Heat']\n")
  }
}
