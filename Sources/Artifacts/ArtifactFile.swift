import Foundations

/// How much a reader takes in before it gives up.
public struct ArtifactLimits: Sendable, Equatable {
  /// The largest JSON header.
  public var headerBytes: Int
  /// The largest file, compressed or not.
  public var totalBytes: Int

  /// Sets both limits, in bytes.
  public init(headerBytes: Int, totalBytes: Int) {
    self.headerBytes = headerBytes
    self.totalBytes = totalBytes
  }

  /// A header of 16 MiB, 8 GiB in all.
  public static let standard = ArtifactLimits(
    headerBytes: 16 << 20, totalBytes: Files.standardLimit)
}

extension Artifact {
  /// The version of the artifact format, under the metadata key `format`.
  static let format = "1"

  private static let reservedKeys = ["schema", "version", "format"]

  // MARK: Writing

  /// Writes the artifact as `docs/artifact-format.md` says; the path holds all of it or is untouched.
  ///
  /// The bytes depend on the content, the level and the version of libzstd, not on the threads.
  /// - Parameters:
  ///   - path: the file, by custom named `NAME.safetensors.zst`.
  ///   - threads: how many threads compress.
  ///   - level: the zstd compression level.
  ///   - allowingNonFinite: whether columns may hold infinities and NaN.
  /// - Returns: the SHA-256 of the file in hexadecimal digits.
  /// - Throws: `ArtifactError` where a column holds an infinity or NaN or is no text, else `FileError`.
  @discardableResult
  public func write(
    to path: String, threads: Int = 1, level: Int32 = 3, allowingNonFinite: Bool = false
  ) throws -> String {
    var checked = self
    checked.path = path
    try checked.checkText()
    if !allowingNonFinite { try checked.checkFinite() }
    let parts = Zstd.compressedParts(
      safetensors(), level: level, threads: threads, blockSize: Zstd.blockSize)
    let hasher = Digest.Hasher()
    for part in parts { hasher.update(part) }
    try Files.writeAtomically(parts: parts, to: path)
    return hasher.finalize()
  }

  /// The artifact as a safetensors file without compression.
  func safetensors() -> [UInt8] {
    precondition(!schema.isEmpty, "an artifact needs a schema to be written")
    for key in Self.reservedKeys {
      precondition(metadata[key] == nil, "the metadata key \(key) is reserved")
    }
    var facts = metadata
    facts["schema"] = schema
    facts["version"] = String(version)
    facts["format"] = Self.format
    let header = SafetensorsHeader(
      metadata: facts,
      tensors: columns.mapValues { (dtype: $0.values.type.rawValue, shape: $0.shape) })
    var bytes = header.bytes
    bytes.reserveCapacity(bytes.count + columns.values.reduce(0) { $0 + $1.values.byteCount })
    for name in header.namesInFileOrder {
      columns[name]?.values.withBytes { bytes.append(contentsOf: $0) }
    }
    return bytes
  }

  // MARK: Reading

  /// Reads an artifact and checks everything about it before handing out anything.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - schema: the schema it must have; nil takes any, even a safetensors file that names none
  ///     (`schema` is then empty and `version` 0).
  ///   - version: the version it must have, unless the schema is nil.
  ///   - limits: how much to take in.
  ///   - threads: how many threads decompress.
  ///   - allowingNonFinite: whether columns may hold infinities and NaN.
  /// - Throws: `FileError` when the file cannot be read, `ArtifactError` when it is not a sound
  ///   artifact of this schema.
  public init(
    contentsOf path: String, schema: String? = nil, version: Int = 1,
    limits: ArtifactLimits = .standard, threads: Int = 1, allowingNonFinite: Bool = false
  ) throws {
    try self.init(
      bytes: Files.readStored(path, limit: limits.totalBytes), from: path, schema: schema,
      version: version, limits: limits, threads: threads, allowingNonFinite: allowingNonFinite)
  }

  /// Reads an artifact from the bytes of its file, with the same checks.
  ///
  /// - Parameters:
  ///   - stored: the bytes as they lie on the disk.
  ///   - path: where they come from, for messages.
  ///   - schema: the schema it must have; nil takes any.
  ///   - version: the version it must have, unless the schema is nil.
  ///   - limits: how much to take in.
  ///   - threads: how many threads decompress.
  ///   - allowingNonFinite: whether columns may hold infinities and NaN.
  /// - Throws: `ArtifactError`.
  public init(
    bytes stored: [UInt8], from path: String, schema: String? = nil, version: Int = 1,
    limits: ArtifactLimits = .standard, threads: Int = 1, allowingNonFinite: Bool = false
  ) throws {
    let bytes: [UInt8]
    let header: SafetensorsHeader
    let start: Int
    do {
      bytes = try Zstd.decompress(stored, limit: limits.totalBytes, threads: threads)
      (header, start) = try bytes.withUnsafeBytes {
        try SafetensorsHeader.read($0, limit: limits.headerBytes)
      }
    } catch let error as ZstdError {
      throw ArtifactError(path: path, problem: .container(error))
    } catch let problem as ArtifactError.Problem {
      throw ArtifactError(path: path, problem: problem)
    }
    do {
      try Self.check(header.metadata, schema, version)
    } catch let problem as ArtifactError.Problem {
      throw ArtifactError(path: path, problem: problem, stage: header.metadata["stage"])
    }
    self.init(
      schema: header.metadata["schema"] ?? "",
      version: header.metadata["version"].flatMap { Int($0) } ?? 0,
      metadata: header.metadata.filter { !Self.reservedKeys.contains($0.key) })
    self.path = path
    try bytes.withUnsafeBytes { bytes in
      let data = UnsafeRawBufferPointer(rebasing: bytes[start...])
      for (name, entry) in header.entries {
        guard let type = ColumnType(rawValue: entry.dtype) else {
          throw error(.unknownType(name: name, found: entry.dtype))
        }
        let part = UnsafeRawBufferPointer(rebasing: data[entry.range])
        columns[name] = Column(shape: entry.shape, values: ColumnValues(type, copying: part))
      }
    }
    try checkText()
    if !allowingNonFinite { try checkFinite() }
  }

  private static func check(
    _ metadata: [String: String], _ schema: String?, _ version: Int
  ) throws {
    if let found = metadata["schema"] {
      let format = metadata["format"] ?? "none"
      guard format == Self.format else {
        throw ArtifactError.Problem.wrongFormat(found: format, expected: Self.format)
      }
      if let schema, found != schema {
        throw ArtifactError.Problem.wrongSchema(found: found, expected: schema)
      }
      let foundVersion = metadata["version"] ?? "none"
      if schema != nil, foundVersion != String(version) {
        throw ArtifactError.Problem.wrongVersion(
          schema: found, found: foundVersion, expected: version)
      }
    } else if let schema {
      throw ArtifactError.Problem.wrongSchema(found: "", expected: schema)
    }
  }

  private func checkFinite() throws {
    for name in columnNames {
      guard let values = columns[name]?.values, let index = values.firstNonFinite else { continue }
      throw error(.nonFinite(name: name, index: index, found: values.describe(index)))
    }
  }
}
