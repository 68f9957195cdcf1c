/// How the numbers of a tensor are written, with the arithmetic that gives them back as float32.
///
/// Block formats are those of ggml (`ggml-quants.c`): each block of a row holds scales and small integers,
/// little-endian. Sums and products are in float32 in the order of the `gguf` package, so that the numbers
/// agree in every bit. Offsets are computed without overflow checks, which would keep the loops from vectors;
/// `decode` has checked the extent before.
enum TensorEncoding: String, Sendable, CaseIterable {
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  case q8x0 = "Q8_0"
  case q4x0 = "Q4_0"
  case q4x1 = "Q4_1"
  case q4K = "Q4_K"
  case q6K = "Q6_K"

  /// The names of all, for messages.
  static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }

  /// Numbers in a block; a row holds whole blocks.
  var blockSize: Int {
    switch self {
    case .f32, .f16, .bf16: 1
    case .q8x0, .q4x0, .q4x1: 32
    case .q4K, .q6K: 256
    }
  }

  /// Bytes of a block.
  var blockBytes: Int {
    switch self {
    case .f32: 4
    case .f16, .bf16: 2
    case .q8x0: 34
    case .q4x0: 18
    case .q4x1: 20
    case .q4K: 144
    case .q6K: 210
    }
  }

  /// The bytes of a row-major tensor; nil where an extent is negative, the last one holds no whole
  /// blocks, or the product is too large for an integer.
  func byteCount(shape: [Int]) -> Int? {
    guard shape.allSatisfy({ $0 >= 0 }), (shape.last ?? 1).isMultiple(of: blockSize) else {
      return nil
    }
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      count = product
    }
    let (bytes, overflow) = (count / blockSize).multipliedReportingOverflow(by: blockBytes)
    return overflow ? nil : bytes
  }

  /// Turns bytes into numbers.
  ///
  /// - Parameters:
  ///   - bytes: Whole blocks, of any alignment.
  ///   - out: Room for `count` numbers.
  ///   - count: A multiple of the block size; the bytes must hold as many.
  func decode(_ bytes: UnsafeRawBufferPointer, into out: UnsafeMutablePointer<Float>, count: Int) {
    let blocks = count / blockSize
    precondition(
      blocks * blockSize == count && blocks * blockBytes == bytes.count,
      "\(bytes.count) bytes of \(rawValue) for \(count) numbers")
    guard let start = bytes.baseAddress, count > 0 else { return }
    switch self {
    case .f32: UnsafeMutableRawPointer(out).copyMemory(from: start, byteCount: 4 * count)
    case .f16: for i in 0..<count { out[i] = half(start + 2 &* i) }
    case .bf16:
      for i in 0..<count {
        out[i] = Float(bitPattern: UInt32(word(start + 2 &* i)) << 16)
      }
    case .q8x0, .q4x0, .q4x1, .q4K, .q6K:
      for block in 0..<blocks {
        let (source, target) = (start + block &* blockBytes, out + block &* blockSize)
        switch self {
        case .q8x0: decodeQ8x0(source, target)
        case .q4x0: decodeQ4x0(source, target)
        case .q4x1: decodeQ4x1(source, target)
        case .q4K: decodeQ4K(source, target)
        default: decodeQ6K(source, target)
        }
      }
    }
  }
}

@inline(__always)
private func word(_ source: UnsafeRawPointer) -> UInt16 {
  UInt16(littleEndian: source.loadUnaligned(as: UInt16.self))
}

@inline(__always)
private func half(_ source: UnsafeRawPointer) -> Float {
  Float(Float16(bitPattern: word(source)))
}

@inline(__always)
private func byte(_ source: UnsafeRawPointer, _ index: Int) -> UInt8 {
  source.load(fromByteOffset: index, as: UInt8.self)
}

/// Scale d, 32 signed bytes q: x = d·q.
private func decodeQ8x0(_ source: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
  let d = half(source)
  for i in 0..<32 {
    out[i] = Float(source.load(fromByteOffset: 2 &+ i, as: Int8.self)) * d
  }
}

/// Scale d, 32 nibbles q (low nibbles first): x = d·(q − 8).
private func decodeQ4x0(_ source: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
  let d = half(source)
  for i in 0..<16 {
    let q = byte(source, 2 &+ i)
    out[i] = d * Float(Int32(q & 15) &- 8)
    out[i &+ 16] = d * Float(Int32(q >> 4) &- 8)
  }
}

/// Scale d, minimum m, 32 nibbles q (low nibbles first): x = d·q + m.
private func decodeQ4x1(_ source: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
  let (d, m) = (half(source), half(source + 2))
  for i in 0..<16 {
    let q = byte(source, 4 &+ i)
    out[i] = d * Float(Int32(q & 15)) + m
    out[i &+ 16] = d * Float(Int32(q >> 4)) + m
  }
}

/// Super-scales d and dmin, eight sub-blocks of 32 nibbles with 6-bit scale s and minimum m:
/// x = (d·s)·q − dmin·m.
private func decodeQ4K(_ source: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
  let (d, dmin) = (half(source), half(source + 2))
  /// The packed scale and minimum of a sub-block; the last four borrow the upper bits of the first.
  func scaleAndMinimum(_ index: Int) -> (UInt8, UInt8) {
    let (low, high) = (byte(source, 4 + index), byte(source, 8 + index))
    if index < 4 { return (low & 63, high & 63) }
    let before = byte(source, index)
    return (high & 15 | (before >> 6) << 4, high >> 4 | (low >> 6) << 4)
  }
  for pair in 0..<4 {
    let (s0, m0) = scaleAndMinimum(2 * pair)
    let (s1, m1) = scaleAndMinimum(2 * pair + 1)
    let (d0, d1) = (d * Float(s0), d * Float(s1))
    let (n0, n1) = (dmin * Float(m0), dmin * Float(m1))
    for i in 0..<32 {
      let q = byte(source, 16 + 32 * pair + i)
      out[64 * pair + i] = d0 * Float(q & 15) - n0
      out[64 * pair + 32 + i] = d1 * Float(q >> 4) - n1
    }
  }
}

/// Super-scale d, sixteen sub-blocks of 16 numbers of 6 bits with signed scale s:
/// x = (d·s)·(q − 32).
private func decodeQ6K(_ source: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
  let d = half(source + 208)
  for part in 0..<2 {
    let low = source + 64 * part
    let high = source + 128 + 32 * part
    let scales = source + 192 + 8 * part
    let target = out + 128 * part
    for i in 0..<32 {
      let h = byte(high, i)
      let (l0, l1) = (byte(low, i), byte(low, i + 32))
      let values = (
        l0 & 15 | (h & 3) << 4, l1 & 15 | (h >> 2 & 3) << 4,
        l0 >> 4 | (h >> 4 & 3) << 4, l1 >> 4 | (h >> 6) << 4
      )
      func value(_ q: UInt8, _ quarter: Int) -> Float {
        let s = scales.load(fromByteOffset: 2 * quarter + i / 16, as: Int8.self)
        return d * Float(s) * Float(Int(q) - 32)
      }
      target[i] = value(values.0, 0)
      target[i + 32] = value(values.1, 1)
      target[i + 64] = value(values.2, 2)
      target[i + 96] = value(values.3, 3)
    }
  }
}
