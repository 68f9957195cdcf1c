internal import Artifacts
internal import Tensors

/// A training state as an artifact of schema `checkpoint`, bit for bit.
///
/// Columns `matrix.NAME` f32 [rows, columns], `numbers.NAME` f64, `random` int64 (the words' bits);
/// metadata `epoch`, `sequence` (rises with every save), `fingerprint` (of the work it belongs to).
struct Checkpoint {
  static let schema = "checkpoint"
  private static let matrixPrefix = "matrix."
  private static let numbersPrefix = "numbers."

  var state: TrainingState
  var sequence: Int
  var fingerprint: String

  init(state: TrainingState, sequence: Int, fingerprint: String) {
    self.state = state
    self.sequence = sequence
    self.fingerprint = fingerprint
  }

  /// Reads a file; throws `ArtifactError`, `FileError` or `StageFailure` when it is damaged.
  init(contentsOf path: String) throws {
    let artifact = try Artifact(
      contentsOf: path, schema: Self.schema, allowingNonFinite: true)
    func integer(_ key: String) throws -> Int {
      guard let value = artifact.metadata[key].flatMap({ Int($0) }) else {
        throw StageFailure("\(path): found no number under the metadata key '\(key)'")
      }
      return value
    }
    sequence = try integer("sequence")
    fingerprint = artifact.metadata["fingerprint"] ?? ""
    state = TrainingState(
      epoch: try integer("epoch"),
      random: try artifact.int64s("random").map { UInt64(bitPattern: $0) })
    for name in artifact.columnNames {
      if name.hasPrefix(Self.matrixPrefix) {
        let shape = try artifact.shape(of: name)
        guard shape.count == 2 else {
          throw StageFailure(
            "\(path), column \(name): found shape \(shape), expected two dimensions")
        }
        state.matrices[String(name.dropFirst(Self.matrixPrefix.count))] = Matrix(
          rows: shape[0], columns: shape[1], values: try artifact.floats(name))
      } else if name.hasPrefix(Self.numbersPrefix) {
        state.numbers[String(name.dropFirst(Self.numbersPrefix.count))] =
          try artifact.doubles(name)
      }
    }
  }

  func write(to path: String) throws {
    var artifact = Artifact(
      schema: Self.schema,
      metadata: [
        "epoch": "\(state.epoch)", "sequence": "\(sequence)", "fingerprint": fingerprint,
      ])
    for (name, matrix) in state.matrices {
      artifact.set(
        Self.matrixPrefix + name, floats: matrix.values, shape: [matrix.rows, matrix.columns])
    }
    for (name, values) in state.numbers {
      artifact.set(Self.numbersPrefix + name, doubles: values)
    }
    artifact.set("random", int64s: state.random.map { Int64(bitPattern: $0) })
    // Weights hardly compress, and a checkpoint lives for minutes: the fastest level.
    try artifact.write(to: path, level: 1, allowingNonFinite: true)
  }
}
