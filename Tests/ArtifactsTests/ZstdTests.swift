import Artifacts
import Testing

@Suite struct ZstdTests {
  /// Bytes that compress, but not to nothing.
  private func sample(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 / 97) }
  }

  @Test(arguments: [0, 1, 99, 100, 101, 5000], [1, 3])
  func bytesComeBackFromAnyNumberOfFrames(_ count: Int, _ threads: Int) throws {
    let bytes = sample(count)
    let compressed = Zstd.compress(bytes, threads: threads, blockSize: 100)
    #expect(compressed == Zstd.compress(bytes, blockSize: 100))
    #expect(Zstd.isCompressed(compressed))
    #expect(try Zstd.decompress(compressed, threads: threads) == bytes)
  }

  @Test func theSeekTableListsEveryFrame() {
    let bytes = sample(250)
    let compressed = Zstd.compress(bytes, blockSize: 100)
    let table = compressed.suffix(8 + 3 * 8 + 9)
    func number(_ offset: Int) -> Int {
      (0..<4).reduce(0) { $0 + Int(table[table.startIndex + offset + $1]) << (8 * $1) }
    }
    #expect(number(0) == 0x184D_2A5E)
    #expect(number(4) == 3 * 8 + 9)
    #expect([number(12), number(20), number(28)] == [100, 100, 50])
    #expect(number(8) + number(16) + number(24) == compressed.count - table.count)
    #expect(number(32) == 3)
    #expect(number(37) == 0x8F92_EAB1)
  }

  @Test func framesWithoutSeekTableAndSkippableFramesAreRead() throws {
    let frame = Array(Zstd.compress(sample(50)).dropLast(8 + 8 + 9))
    let note: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
    #expect(try Zstd.decompress(frame) == sample(50))
    #expect(try Zstd.decompress(note + frame + note + frame) == sample(50) + sample(50))
    #expect(Zstd.isCompressed(note))
  }

  @Test func eachKindOfDamageHasItsError() throws {
    let compressed = Zstd.compress(sample(250), blockSize: 100)
    let tableStart = compressed.count - (8 + 3 * 8 + 9)
    func expect(_ error: ZstdError, _ bytes: [UInt8]) {
      #expect(throws: error) { try Zstd.decompress(bytes) }
    }
    func changed(_ index: Int) -> [UInt8] {
      var bytes = compressed
      bytes[index] ^= 1
      return bytes
    }
    expect(.notZstd(found: []), [])
    expect(.notZstd(found: [1, 2]), [1, 2])
    expect(.notZstd(found: [123, 34, 97, 34]), Array(#"{"a": 1}"#.utf8))
    expect(.truncated(frameAt: 0, end: 20), Array(compressed[..<20]))
    expect(
      .truncated(frameAt: tableStart, end: tableStart + 20), Array(compressed[..<(tableStart + 20)])
    )
    expect(.trailingGarbage(at: compressed.count, count: 5), compressed + [1, 2, 3, 4, 5])
    // The last four bytes of a frame are its checksum.
    expect(.wrongChecksum(frameAt: frameStart(2, compressed)), changed(tableStart - 1))
    expect(
      .wrongSeekTable(at: tableStart, reason: "has no closing magic number"),
      changed(compressed.count - 1))
    expect(
      .wrongSeekTable(at: tableStart, reason: "has unknown flags"),
      {
        var bytes = compressed
        bytes[bytes.count - 5] = 4
        return bytes
      }())
    expect(
      .wrongSeekTable(at: tableStart, reason: "lists 2 frames instead of 3"),
      changed(compressed.count - 9))
    expect(
      .wrongSeekTable(at: tableStart, reason: "has other sizes for frame 1"),
      changed(tableStart + 16))
    expect(
      .wrongSeekTable(at: tableStart, reason: "has other sizes for frame 2"),
      changed(tableStart + 28))
  }

  private func frameStart(_ index: Int, _ compressed: [UInt8]) -> Int {
    let table = compressed.count - (8 + 3 * 8 + 9)
    return (0..<index).reduce(0) { $0 + Int(compressed[table + 8 + 8 * $1]) }
  }

  @Test func aFrameThatAnnouncesMoreThanItHoldsIsRefused() {
    // A frame header with an eight-byte content size of 2^40, then an empty last block.
    let frame: [UInt8] = [
      0x28, 0xB5, 0x2F, 0xFD, 0xC0, 0x50, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0,
    ]
    #expect(throws: ZstdError.damaged(frameAt: 0, reason: "announces more than it can hold")) {
      try Zstd.decompress(frame)
    }
  }

  @Test func theLimitHoldsForAnnouncedSizes() throws {
    let bytes = sample(1000)
    let compressed = Zstd.compress(bytes, blockSize: 300)
    #expect(try Zstd.decompress(compressed, limit: 1000) == bytes)
    #expect(throws: ZstdError.tooLarge(found: 1000, limit: 999)) {
      try Zstd.decompress(compressed, limit: 999)
    }
  }
}
