/// The table at the end of a seekable zstd file: the sizes of all frames before it.
///
/// Layout (zstd, `contrib/seekable_format`): a skippable frame with, for each frame, its compressed
/// and decompressed size as UInt32; then the number of frames (UInt32), a descriptor byte whose bit 7
/// says that each entry carries a checksum too, and a closing magic number. All little-endian.
struct SeekTable {
  static let magic: UInt32 = 0x184D_2A5E
  static let footerMagic: UInt32 = 0x8F92_EAB1
  private static let footerSize = 9

  struct Entry: Equatable {
    var compressed: Int
    var decompressed: Int
  }

  var entries: [Entry]

  /// The whole skippable frame.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    append(Self.magic, to: &bytes)
    append(UInt32(entries.count * 8 + Self.footerSize), to: &bytes)
    for entry in entries {
      append(UInt32(entry.compressed), to: &bytes)
      append(UInt32(entry.decompressed), to: &bytes)
    }
    append(UInt32(entries.count), to: &bytes)
    bytes.append(0)
    append(Self.footerMagic, to: &bytes)
    return bytes
  }

  /// Compares the table in a skippable frame with the frames that were found before it.
  ///
  /// Throws `ZstdError.wrongSeekTable` when they differ; a content size of nil is not compared.
  static func check(
    _ frame: UnsafeRawBufferPointer, at offset: Int, against found: [(Int, UInt64?)]
  ) throws {
    func fail(_ reason: String) -> ZstdError { .wrongSeekTable(at: offset, reason: reason) }
    let end = frame.count
    guard end >= 8 + footerSize, littleEndian(frame, at: end - 4) == footerMagic else {
      throw fail("has no closing magic number")
    }
    let descriptor = frame[end - 5]
    guard descriptor & 0x7C == 0 else { throw fail("has unknown flags") }
    let entrySize = descriptor & 0x80 == 0 ? 8 : 12
    let count = Int(littleEndian(frame, at: end - footerSize))
    guard count == found.count, 8 + count * entrySize + footerSize == end else {
      throw fail("lists \(count) frames instead of \(found.count)")
    }
    for (index, (compressed, decompressed)) in found.enumerated() {
      let entry = 8 + index * entrySize
      let size = littleEndian(frame, at: entry + 4)
      guard Int(littleEndian(frame, at: entry)) == compressed,
        decompressed.map({ UInt64(size) == $0 }) ?? true
      else { throw fail("has other sizes for frame \(index)") }
    }
  }
}

func littleEndian(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
  UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
}

private func append(_ value: UInt32, to bytes: inout [UInt8]) {
  withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
}
