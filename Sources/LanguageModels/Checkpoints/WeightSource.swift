public import Tensors

/// Where a model's weights come from.
///
/// Names and layouts are those of Hugging Face checkpoints, whatever the file's own are: a linear layer is
/// output × input, rows of rotated projections are half-split.
public protocol WeightSource: Sendable {
  /// Every tensor, in the order of the bytes of the names.
  var names: [String] { get }

  /// The shape of a tensor; nil when there is none of this name.
  func shape(of name: String) -> [Int]?

  /// A tensor as float32; a vector is one row.
  ///
  /// - Parameters:
  ///   - name: The Hugging Face name.
  ///   - rows: The rows that it must have; 1 for a vector.
  ///   - columns: The columns that it must have.
  /// - Returns: rows × columns finite numbers.
  /// - Throws: When the tensor is missing, has another shape, or holds infinities or NaN.
  func matrix(_ name: String, rows: Int, columns: Int) throws -> Matrix
}

/// Tensors in memory-mapped files, converted one by one where they are asked for.
public struct StoredWeights: WeightSource {
  /// The file or folder, for messages.
  let path: String
  let tensors: [String: StoredTensor]

  public var names: [String] {
    tensors.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  public func shape(of name: String) -> [Int]? { tensors[name]?.shape }

  public func matrix(_ name: String, rows: Int, columns: Int) throws -> Matrix {
    guard let tensor = tensors[name] else {
      throw CheckpointError(
        path, "found no tensor \(name), expected one of \(rows) × \(columns)",
        advice: "check that the configuration belongs to these weights")
    }
    guard tensor.shape == [rows, columns] || (rows == 1 && tensor.shape == [columns]) else {
      throw CheckpointError(
        tensor.file.path,
        "tensor \(name): found shape \(tensor.shape), expected "
          + (rows == 1 ? "[\(columns)]" : "[\(rows), \(columns)]"),
        advice: "check that the configuration belongs to these weights")
    }
    let matrix = tensor.matrix(rows: rows, columns: columns)
    guard matrix.values.withUnsafeBufferPointer(isFinite) else {
      throw CheckpointError(
        tensor.file.path, "tensor \(name): found an infinity or NaN, expected finite numbers")
    }
    return matrix
  }
}

/// Whether no number is NaN or infinite, without a branch a number.
private func isFinite(_ values: UnsafeBufferPointer<Float>) -> Bool {
  var largest: UInt32 = 0
  for value in values { largest = max(largest, value.bitPattern & 0x7FFF_FFFF) }
  return largest < Float.infinity.bitPattern
}

/// Where a tensor lies and how its numbers are written.
struct StoredTensor: Sendable {
  let file: MappedFile
  /// The bytes within the file: exactly those that the shape needs.
  let range: Range<Int>
  let encoding: TensorEncoding
  /// Outermost extent first.
  let shape: [Int]
  /// Heads whose rows are stored as interleaved pairs instead of half-split; nil for none.
  var interleavedHeads: Int?

  /// The numbers; traps unless the shape has rows × columns of them.
  func matrix(rows: Int, columns: Int) -> Matrix {
    let decoded = Matrix(rows: rows, columns: columns) { out in
      file.read(range) { encoding.decode($0, into: out, count: rows * columns) }
    }
    file.release(range)
    return interleavedHeads.map { decoded.halfSplit(heads: $0) } ?? decoded
  }
}

extension Matrix {
  /// Rows of rotated heads from llama.cpp's order into Hugging Face's.
  ///
  /// llama.cpp turns neighbouring rows (2j, 2j + 1) of a head together, Hugging Face rows (j, j + d/2).
  /// A row vector, such as a bias, is treated as a column.
  ///
  /// - Parameter heads: Divides the rows into blocks of an even number.
  /// - Returns: The same rows in the other order.
  func halfSplit(heads: Int) -> Matrix {
    let isVector = rows == 1
    let count = isVector ? columns : rows
    let size = count / heads
    precondition(size * heads == count && size.isMultiple(of: 2), "\(count) rows in \(heads) heads")
    let order = (0..<count).map { row in
      let (head, place) = row.quotientAndRemainder(dividingBy: size)
      let (half, pair) = place.quotientAndRemainder(dividingBy: size / 2)
      return Int32(head * size + 2 * pair + half)
    }
    return isVector
      ? Matrix(rows: 1, columns: count, values: order.map { values[Int($0)] })
      : gathering(rows: order)
  }
}
