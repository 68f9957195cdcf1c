import Artifacts
import Foundation
import Foundations
import Testing

@Suite struct FilesTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func plainAndCompressedFilesReadAlikeWhateverTheirName() throws {
    let bytes = Array("user\titem\n1\t2\n".utf8)
    try put(bytes, at: folder("plain.zst"))
    try put(Zstd.compress(bytes) + Zstd.compress(bytes), at: folder("compressed.txt"))
    try put([], at: folder("empty"))
    #expect(try Files.read(folder("plain.zst")) == bytes)
    #expect(try Files.read(folder("compressed.txt")) == bytes + bytes)
    #expect(try Files.read(folder("empty")) == [])
  }

  @Test func filesThatCannotBeReadAreNamed() throws {
    let missing = folder("missing")
    #expect(throws: FileError(path: missing, operation: "read", problem: .missing)) {
      try Files.read(missing)
    }
    #expect(throws: FileError(path: missing, operation: "read", problem: .missing)) {
      try Digest.sha256(fileAt: missing)
    }
    // A pipe that nobody writes into would be waited for.
    let pipe = folder("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    for path in [folder.path, pipe, "/dev/zero"] {
      #expect(throws: FileError(path: path, operation: "read", problem: .notRegular)) {
        try Files.read(path)
      }
      #expect(throws: FileError(path: path, operation: "read", problem: .notRegular)) {
        try Digest.sha256(fileAt: path)
      }
    }
    try put([1, 2, 3], at: folder("three"))
    #expect(try Files.read(folder("three"), limit: 3).count == 3)
    #expect(
      throws: FileError(path: folder("three"), operation: "read", problem: .tooLarge(limit: 2))
    ) { try Files.read(folder("three"), limit: 2) }
    let cut = Array(Zstd.compress([1, 2, 3]).prefix(10))
    try put(cut, at: folder("cut"))
    #expect(
      throws: FileError(
        path: folder("cut"), operation: "read",
        problem: .compressed(reason: "\(ZstdError.truncated(frameAt: 0, end: 10))"))
    ) { try Files.read(folder("cut")) }
  }

  @Test func writingReplacesTheFileAndLeavesNothingElse() throws {
    try Files.writeAtomically("first", to: folder("a"))
    try Files.writeAtomically(Array("second".utf8), to: folder("a"))
    #expect(try Files.read(folder("a")) == Array("second".utf8))
    #expect(try folder.names == ["a"])
    let missing = folder("no/such/folder/a")
    #expect(throws: FileError(path: missing, operation: "write", problem: .missing)) {
      try Files.writeAtomically("x", to: missing)
    }
  }

  @Test func writingReplacesALinkAndNotWhatItPointsTo() throws {
    try Files.writeAtomically("object", to: folder("object"))
    try FileManager.default.createSymbolicLink(
      atPath: folder("link"), withDestinationPath: folder("object"))
    try Files.writeAtomically("new", to: folder("link"))
    #expect(try Files.read(folder("object")) == Array("object".utf8))
    #expect(try Files.read(folder("link")) == Array("new".utf8))
  }

  @Test func aFailedRenameRemovesTheTemporaryFile() throws {
    try FileManager.default.createDirectory(
      atPath: folder("taken/full"), withIntermediateDirectories: true)
    #expect(
      throws: FileError(path: folder("taken"), operation: "write", problem: .system(code: EISDIR))
    ) { try Files.writeAtomically("x", to: folder("taken")) }
    #expect(try folder.names == ["taken"])
  }

  @Test func aFailedWriteKeepsTheOldFileAndRemovesTheTemporaryOne() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      try Files.writeAtomically("old", to: folder("a"))
      // Files may grow to 1000 bytes in this process, then writing fails.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
      #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      #expect(
        throws: FileError(path: folder("a"), operation: "write", problem: .system(code: EFBIG))
      ) { try Files.writeAtomically([UInt8](repeating: 7, count: 2000), to: folder("a")) }
      #expect(try Files.read(folder("a")) == Array("old".utf8))
      #expect(try folder.names == ["a"])
    }
  }

  @Test func messagesSayWhatToDo() {
    #expect(
      "\(FileError(path: "a/b", operation: "write", problem: .diskFull))" == """
        cannot write a/b: the disk is full; free some space (llama4rec gc drops what no run \
        needs) and run again
        """)
    #expect(
      "\(FileError(path: "a/b", operation: "read", problem: .missing))"
        == "cannot read a/b: there is no such file or folder; check the path")
  }

  @Test func digestsAreThoseOfTheStandard() throws {
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(Digest.sha256("abc") == abc)
    #expect(Digest.sha256(Array("abc".utf8)) == abc)
    #expect(
      Digest.sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    let hasher = Digest.Hasher()
    hasher.update("a")
    hasher.update(Array("b".utf8))
    hasher.update("c")
    #expect(hasher.finalize() == abc)
    let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0) }
    try put(large, at: folder("large"))
    #expect(try Digest.sha256(fileAt: folder("large")) == Digest.sha256(large))
  }
}
