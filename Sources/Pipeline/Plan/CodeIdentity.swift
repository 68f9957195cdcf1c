import Artifacts
import Foundations

/// Names the code of an executable so that a rebuild of the same sources gives the same name.
///
/// Of an ELF file only the sections that are loaded into memory count, without the build id and the
/// compiler's own fingerprint of the sources. Symbol tables and debug information are not loaded,
/// so the folder of the sources, comments and the names of local variables leave the identity as it
/// is, while a change of what the program does alters it. A change that moves lines alters it only
/// where the code itself uses `#line`. Anything that is not an ELF file, such as a script, is named
/// by its bytes.
package enum CodeIdentity {
  private static let excluded: Set<String> = [".note.gnu.build-id", ".swift_modhash"]

  /// The identity as 64 hexadecimal digits.
  package static func identity(of bytes: [UInt8]) -> String {
    guard let sections = loadedSections(bytes) else { return Digest.sha256(bytes) }
    let hasher = Digest.Hasher()
    for section in sections where !excluded.contains(section.name) {
      hasher.update("\(section.name):\(section.size):")
      if let range = section.range { hasher.update(Array(bytes[range])) }
    }
    return hasher.finalize()
  }

  private struct Section {
    var name: String
    var size: Int
    /// Where its bytes lie; nil for a section of zeros, which takes no room in the file.
    var range: Range<Int>?
  }

  /// The sections with the flag SHF_ALLOC of a 64-bit little-endian ELF file, or nil for others.
  private static func loadedSections(_ bytes: [UInt8]) -> [Section]? {
    let magic: [UInt8] = [0x7f, 0x45, 0x4c, 0x46]
    let class64: UInt8 = 2
    let littleEndian: UInt8 = 1
    guard bytes.starts(with: magic), bytes.count >= 64, bytes[4] == class64,
      bytes[5] == littleEndian
    else { return nil }
    guard let table = number(bytes, 0x28, 8), let entrySize = number(bytes, 0x3a, 2),
      let count = number(bytes, 0x3c, 2), let namesIndex = number(bytes, 0x3e, 2),
      let namesOffset = number(bytes, table + namesIndex * entrySize + 0x18, 8)
    else { return nil }

    var sections: [Section] = []
    for index in 0..<count {
      let header = table + index * entrySize
      guard let name = number(bytes, header, 4), let type = number(bytes, header + 0x4, 4),
        let flags = number(bytes, header + 0x8, 8), let offset = number(bytes, header + 0x18, 8),
        let size = number(bytes, header + 0x20, 8)
      else { return nil }
      let isLoaded = flags & 0x2 != 0
      let isZeros = type == 8
      guard isLoaded else { continue }
      guard isZeros || offset + size <= bytes.count else { return nil }
      sections.append(
        Section(
          name: text(bytes, namesOffset + name), size: size,
          range: isZeros ? nil : offset..<(offset + size)))
    }
    return sections
  }

  /// A little-endian number of some bytes, or nil where the file ends before it.
  private static func number(_ bytes: [UInt8], _ offset: Int, _ size: Int) -> Int? {
    guard offset >= 0, offset <= bytes.count - size else { return nil }
    var value: UInt64 = 0
    for byte in bytes[offset..<(offset + size)].reversed() { value = value << 8 | UInt64(byte) }
    // No offset in a real file comes near this limit; sums of three of them cannot overflow.
    guard value < 1 << 60 else { return nil }
    return Int(value)
  }

  private static func text(_ bytes: [UInt8], _ offset: Int) -> String {
    guard offset < bytes.count else { return "" }
    return String(decoding: bytes[offset...].prefix { $0 != 0 }, as: UTF8.self)
  }
}
