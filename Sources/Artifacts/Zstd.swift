import CZstd
import Dispatch
public import Foundations

/// Compression with libzstd; the one place that calls it.
///
/// The output of `compress` is a row of independent frames with checksums and content sizes, and a
/// seek table at the end, so that any zstd tool reads it and many threads can work on it.
public enum Zstd {
  /// The uncompressed bytes in a frame; only the last frame holds fewer.
  public static let blockSize = 4 << 20

  /// Whether the bytes start as a zstd frame or a skippable frame does.
  public static func isCompressed(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 4 else { return false }
    let magic = bytes.withUnsafeBytes { littleEndian($0, at: 0) }
    return magic == frameMagic || isSkippable(magic)
  }

  /// Compresses bytes; the result does not depend on the number of threads.
  public static func compress(
    _ bytes: [UInt8], level: Int32 = 3, threads: Int = 1, blockSize: Int = Zstd.blockSize
  ) -> [UInt8] {
    Array(compressedParts(bytes, level: level, threads: threads, blockSize: blockSize).joined())
  }

  /// Decompresses any number of frames, with or without a seek table.
  ///
  /// Throws `ZstdError` when a frame is damaged or cut off, anything but frames follows, or the
  /// result would be over the limit.
  public static func decompress(
    _ bytes: [UInt8], limit: Int = Files.standardLimit, threads: Int = 1
  ) throws -> [UInt8] {
    try bytes.withUnsafeBytes { source in
      let frames = try scan(source)
      let sizes = frames.compactMap(\.contentSize)
      guard sizes.count == frames.count else { return try stream(source, frames, limit) }
      var total: UInt64 = 0
      for size in sizes {
        let (sum, overflow) = total.addingReportingOverflow(size)
        total = overflow ? .max : sum
      }
      guard total <= UInt64(limit) else { throw ZstdError.tooLarge(found: total, limit: limit) }
      return try fill(Int(total), from: source, frames, threads: threads)
    }
  }

  /// The frames, and last the seek table, as one array each.
  static func compressedParts(
    _ bytes: [UInt8], level: Int32, threads: Int, blockSize: Int
  ) -> [[UInt8]] {
    precondition(blockSize > 0 && threads > 0)
    let count = max(1, (bytes.count + blockSize - 1) / blockSize)
    var frames = [[UInt8]](repeating: [], count: count)
    bytes.withUnsafeBytes { source in
      frames.withUnsafeMutableBufferPointer { frames in
        // Each worker reads the shared source and writes only the frames that are its own.
        nonisolated(unsafe) let source = source
        nonisolated(unsafe) let frames = frames
        distribute(count, over: threads) { mine in
          let context = ZSTD_createCCtx()
          defer { ZSTD_freeCCtx(context) }
          require(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level))
          require(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1))
          require(ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1))
          for index in mine {
            let start = index * blockSize
            let end = min(source.count, start + blockSize)
            let block = UnsafeRawBufferPointer(rebasing: source[start..<end])
            let bound = ZSTD_compressBound(block.count)
            frames[index] = Array(unsafeUninitializedCapacity: bound) { target, initialized in
              initialized = require(
                ZSTD_compress2(
                  context, target.baseAddress, bound, block.baseAddress, block.count))
            }
          }
        }
      }
    }
    let table = SeekTable(
      entries: frames.enumerated().map { index, frame in
        SeekTable.Entry(
          compressed: frame.count,
          decompressed: min(blockSize, bytes.count - index * blockSize))
      })
    return frames + [table.bytes]
  }
}

/// Where a frame lies in the compressed bytes; skippable frames are left out.
private struct Frame {
  var start: Int
  var count: Int
  /// The decompressed bytes, nil where the frame does not say.
  var contentSize: UInt64?
}

/// A block of a frame takes four bytes or more and makes 128 KiB or less.
private let largestExpansion: UInt64 = (128 << 10) / 4

private let frameMagic: UInt32 = 0xFD2F_B528

private func isSkippable(_ magic: UInt32) -> Bool { magic & 0xFFFF_FFF0 == 0x184D_2A50 }

/// Finds all frames from their headers and checks the seek table, decompressing nothing.
private func scan(_ source: UnsafeRawBufferPointer) throws -> [Frame] {
  var frames: [Frame] = []
  // Files joined end to end have several tables; each lists the frames since the one before.
  var listed = 0
  var offset = 0
  if source.isEmpty { throw ZstdError.notZstd(found: []) }
  while offset < source.count {
    let rest = UnsafeRawBufferPointer(rebasing: source[offset...])
    let magic = rest.count < 4 ? 0 : littleEndian(rest, at: 0)
    if magic == frameMagic {
      let count = ZSTD_findFrameCompressedSize(rest.baseAddress, rest.count)
      if ZSTD_isError(count) != 0 {
        throw frameError(count, at: offset, end: source.count)
      }
      let size = ZSTD_getFrameContentSize(rest.baseAddress, rest.count)
      if size == CZstd_contentSizeError() {
        throw ZstdError.damaged(frameAt: offset, reason: "unreadable header")
      }
      let contentSize = size == CZstd_contentSizeUnknown() ? nil : UInt64(size)
      if let contentSize, contentSize > UInt64(count) * largestExpansion {
        throw ZstdError.damaged(frameAt: offset, reason: "announces more than it can hold")
      }
      frames.append(Frame(start: offset, count: count, contentSize: contentSize))
      offset += count
    } else if isSkippable(magic) {
      let count = rest.count < 8 ? 8 : 8 + Int(littleEndian(rest, at: 4))
      guard count <= rest.count else {
        throw ZstdError.truncated(frameAt: offset, end: source.count)
      }
      if magic == SeekTable.magic {
        let entries = frames[listed...].map { ($0.count, $0.contentSize) }
        try SeekTable.check(
          UnsafeRawBufferPointer(rebasing: rest[..<count]), at: offset, against: entries)
        listed = frames.count
      }
      offset += count
    } else if offset == 0 {
      throw ZstdError.notZstd(found: Array(source.prefix(4)))
    } else {
      throw ZstdError.trailingGarbage(at: offset, count: rest.count)
    }
  }
  return frames
}

/// Decompresses frames of known sizes, each to its own place.
private func fill(
  _ total: Int, from source: UnsafeRawBufferPointer, _ frames: [Frame], threads: Int
) throws -> [UInt8] {
  var starts = [0]
  for frame in frames { starts.append(starts[starts.count - 1] + Int(frame.contentSize ?? 0)) }
  var codes = [Int](repeating: 0, count: frames.count)
  let result = [UInt8](unsafeUninitializedCapacity: total) { target, initialized in
    codes.withUnsafeMutableBufferPointer { codes in
      // Each worker reads the shared source and writes the places of its own frames only.
      nonisolated(unsafe) let source = source
      nonisolated(unsafe) let target = target
      nonisolated(unsafe) let codes = codes
      distribute(frames.count, over: threads) { [starts] mine in
        let context = ZSTD_createDCtx()
        defer { ZSTD_freeDCtx(context) }
        for index in mine {
          let frame = frames[index]
          codes[index] = ZSTD_decompressDCtx(
            context, target.baseAddress.map { $0 + starts[index] },
            starts[index + 1] - starts[index], source.baseAddress.map { $0 + frame.start },
            frame.count)
        }
      }
    }
    initialized = total
  }
  for (frame, code) in zip(frames, codes) {
    if ZSTD_isError(code) != 0 { throw frameError(code, at: frame.start, end: source.count) }
    guard code == Int(frame.contentSize ?? 0) else {
      throw ZstdError.damaged(frameAt: frame.start, reason: "other size than announced")
    }
  }
  return result
}

/// Decompresses frames one after the other, where not all announce their size.
private func stream(
  _ source: UnsafeRawBufferPointer, _ frames: [Frame], _ limit: Int
) throws -> [UInt8] {
  let context = ZSTD_createDCtx()
  defer { ZSTD_freeDCtx(context) }
  var result: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: ZSTD_DStreamOutSize())
  for frame in frames {
    var input = ZSTD_inBuffer(
      src: source.baseAddress.map { $0 + frame.start }, size: frame.count, pos: 0)
    var code = 1
    while code != 0 {
      let before = input.pos
      let produced = buffer.withUnsafeMutableBytes { bytes in
        var output = ZSTD_outBuffer(dst: bytes.baseAddress, size: bytes.count, pos: 0)
        code = ZSTD_decompressStream(context, &output, &input)
        return output.pos
      }
      if ZSTD_isError(code) != 0 { throw frameError(code, at: frame.start, end: source.count) }
      guard result.count + produced <= limit else {
        throw ZstdError.tooLarge(found: nil, limit: limit)
      }
      result.append(contentsOf: buffer[..<produced])
      if produced == 0, input.pos == before, code != 0 {
        throw ZstdError.truncated(frameAt: frame.start, end: frame.start + frame.count)
      }
    }
  }
  return result
}

/// Runs workers in parallel, each on every so many-th index.
private func distribute(
  _ count: Int, over threads: Int, _ work: @Sendable (StrideTo<Int>) -> Void
) {
  let workers = max(1, min(threads, count))
  if workers == 1 { return work(stride(from: 0, to: count, by: 1)) }
  DispatchQueue.concurrentPerform(iterations: workers) { worker in
    work(stride(from: worker, to: count, by: workers))
  }
}

private func frameError(_ code: Int, at offset: Int, end: Int) -> ZstdError {
  switch ZSTD_getErrorCode(code) {
  case ZSTD_error_srcSize_wrong: .truncated(frameAt: offset, end: end)
  case ZSTD_error_checksum_wrong: .wrongChecksum(frameAt: offset)
  default: .damaged(frameAt: offset, reason: String(cString: ZSTD_getErrorName(code)))
  }
}

/// Compression of bytes in memory fails only when memory runs out.
@discardableResult private func require(_ code: Int) -> Int {
  precondition(ZSTD_isError(code) == 0, String(cString: ZSTD_getErrorName(code)))
  return code
}
