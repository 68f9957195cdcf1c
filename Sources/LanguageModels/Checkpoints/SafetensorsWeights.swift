internal import Artifacts

extension StoredWeights {
  /// The largest header of a safetensors file, as in the reference implementation.
  private static let headerLimit = 100_000_000

  /// Reads `model.safetensors`, or the shards that `model.safetensors.index.json` names.
  ///
  /// - Parameter folder: A Hugging Face folder.
  /// - Throws: `CheckpointError` or `FileError`.
  public init(huggingFaceFolder folder: String) throws {
    let index = "\(folder)/model.safetensors.index.json"
    if MappedFile.exists(index) {
      try self.init(index: index, folder: folder)
    } else if MappedFile.exists("\(folder)/model.safetensors") {
      try self.init(safetensors: "\(folder)/model.safetensors")
    } else {
      throw CheckpointError(
        folder, "found neither model.safetensors nor model.safetensors.index.json",
        advice: "name a folder with safetensors weights (pickled ones, .bin and .pth, are not read)"
      )
    }
  }

  /// Reads one file.
  ///
  /// - Parameter path: The file.
  /// - Throws: `CheckpointError` or `FileError`.
  public init(safetensors path: String) throws {
    let file = try MappedFile(path)
    let header: SafetensorsHeader
    let start: Int
    do {
      (header, start) = try file.read {
        try SafetensorsHeader.read($0, limit: Self.headerLimit)
      }
    } catch let problem as ArtifactError.Problem {
      throw CheckpointError(path, problem.finding)
    }
    var tensors: [String: StoredTensor] = [:]
    for (name, entry) in header.entries {
      guard let encoding = TensorEncoding(rawValue: entry.dtype) else {
        throw CheckpointError.unsupported(
          path, "tensor \(name) of dtype \(entry.dtype)", supported: "F32, F16 or BF16 weights")
      }
      tensors[name] = StoredTensor(
        file: file, range: entry.range.lowerBound + start..<entry.range.upperBound + start,
        encoding: encoding, shape: entry.shape)
    }
    self.init(path: path, tensors: tensors)
  }

  private init(index path: String, folder: String) throws {
    var shards: [String: StoredWeights] = [:]
    var tensors: [String: StoredTensor] = [:]
    for (name, field) in try JSONNode.field(fileAt: path)["weight_map"].members() {
      let shard = try field.string()
      guard !shard.contains("/"), shard != "..", shard.hasSuffix(".safetensors") else {
        throw CheckpointError(
          path, "tensor \(name): found file '\(shard)', expected a .safetensors file beside it")
      }
      let weights = try shards[shard] ?? StoredWeights(safetensors: "\(folder)/\(shard)")
      shards[shard] = weights
      guard let tensor = weights.tensors[name] else {
        throw CheckpointError(
          "\(folder)/\(shard)", "found no tensor \(name), which the index names")
      }
      tensors[name] = tensor
    }
    self.init(path: folder, tensors: tensors)
  }
}
