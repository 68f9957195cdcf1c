public import Artifacts
package import Foundations
public import StageProtocol
public import Tensors

/// What a running stage has at hand.
public struct StageContext: Sendable {
  /// The parameters' values.
  public let parameters: ParameterValues
  /// The folder for what must survive a kill, or nil without `--scratch`.
  public let scratch: Scratch?
  /// The database of answers that outlive this call, or nil without `--answers`.
  public let answers: String?
  /// How many threads to use; OpenBLAS is set to it.
  public let threads: Int
  /// Bytes that the stage may hold: what it was given, else what the machine had free when it started.
  public let memory: Int

  let description: StageDescription
  let inputPaths: [String: [String]]
  let outputPaths: [String: String]
  let events: Events
  let checkpoints: CheckpointStore
  let dataset = DatasetGuard()
  let stopSignal: @Sendable () -> Int32?

  // MARK: Inputs

  /// Whether an input was given.
  public func hasInput(_ name: String) -> Bool { !paths(ofInput: name).isEmpty }

  /// The paths given for an input, in the order of the command line.
  public func paths(ofInput name: String) -> [String] {
    precondition(description.inputs.contains { $0.name == name }, "no input \(name) declared")
    return inputPaths[name] ?? []
  }

  /// The path of an input that was given once; for optional ones ask `hasInput` first.
  public func path(ofInput name: String) -> String {
    let paths = paths(ofInput: name)
    precondition(paths.count == 1, "input \(name) has \(paths.count) paths")
    return paths[0]
  }

  /// Reads an artifact of the declared schema; for optional ones ask `hasInput` first.
  ///
  /// Throws `FileError` or `ArtifactError`, and `StageFailure` where it is of another data set or model than
  /// the inputs read before.
  public func input(_ name: String) throws -> Artifact {
    try read(path(ofInput: name), name)
  }

  /// Reads all artifacts given for an input, in the order of the command line.
  ///
  /// Throws as `input` does.
  public func inputs(_ name: String) throws -> [Artifact] {
    var artifacts: [Artifact] = []
    let paths = paths(ofInput: name)
    for path in paths {
      let artifact = try read(path, name)
      if let twin = artifacts.firstIndex(of: artifact) {
        throw StageFailure(
          "input \(name): found the same artifact in \(paths[twin]) and \(path), expected each once; "
            + "leave one out", exitCode: .badData)
      }
      artifacts.append(artifact)
    }
    return artifacts
  }

  private func read(_ path: String, _ name: String) throws -> Artifact {
    guard let input = description.inputs.first(where: { $0.name == name }),
      let schema = input.schema
    else {
      preconditionFailure("input \(name) is not an artifact")
    }
    let artifact = try Artifact(contentsOf: path, schema: schema, threads: threads)
    if !input.isSettings { try dataset.check(artifact, path: path, isOneOfMany: input.many) }
    return artifact
  }

  /// Does something with what an input holds; where it turns out not to fit, the error begins with the input's path.
  ///
  /// - Parameters:
  ///   - name: An input that was given once.
  ///   - work: Throws a `DataError` where the input does not fit.
  /// - Returns: What `work` returns.
  /// - Throws: What `work` throws; a `DataError` as `StageFailure` with the path.
  public func using<Result>(_ name: String, _ work: () throws -> Result) throws -> Result {
    try using(fileAt: path(ofInput: name), work)
  }

  /// The same for one of the files of an input that may be given many times.
  ///
  /// - Parameters:
  ///   - path: Where it lies.
  ///   - work: Throws a `DataError` where the file does not fit.
  /// - Returns: What `work` returns.
  /// - Throws: What `work` throws; a `DataError` as `StageFailure` with the path.
  public func using<Result>(fileAt path: String, _ work: () throws -> Result) throws -> Result {
    do {
      return try work()
    } catch let error as any DataError {
      throw StageFailure("\(path): \(error)", exitCode: error.isDataError ? .badData : .usage)
    }
  }

  // MARK: Outputs

  /// The path of an output, for a file that the stage writes itself (with `Files.writeAtomically`).
  public func outputPath(_ name: String) -> String {
    guard let path = outputPaths[name] else { preconditionFailure("no output \(name) declared") }
    return path
  }

  /// Writes an output of the declared schema.
  ///
  /// Adds facts to the metadata: `stage`; `parameters`, a digest of all parameters' values; and the data set of
  /// the inputs, `data` (its digest), `users` and `items` (how many), unless the stage has set them.
  /// Throws `StageFailure` when the file cannot be written, or when a number is not finite where that is
  /// not allowed (allow it where NaN stands for null).
  public func write(
    _ artifact: Artifact, to name: String, allowingNonFinite: Bool = false
  ) throws {
    let declared = description.outputs.first { $0.name == name }?.schema
    precondition(artifact.schema == declared, "output \(name) is not a \(artifact.schema)")
    var artifact = artifact
    artifact.metadata["stage"] = description.stage
    artifact.metadata["parameters"] = parameters.digest
    artifact.metadata.merge(dataset.facts) { own, _ in own }
    do {
      try artifact.write(
        to: outputPath(name), threads: threads, allowingNonFinite: allowingNonFinite)
    } catch {
      throw StageFailure("output \(name): \(error)")
    }
  }

  // MARK: Progress

  /// Says something worth keeping.
  public func log(_ message: String, level: StageEvent.Level = .info) {
    events.log(message, level: level)
  }

  /// Says how far the stage is; may be called as often as one likes.
  public func progress(done: Int, total: Int, unit: String, message: String = "") {
    events.progress(StageEvent.Progress(done: done, total: total, unit: unit, message: message))
  }

  // MARK: Memory

  /// Says what the work will take, and refuses what the stage may not have.
  ///
  /// - Parameters:
  ///   - bytes: A forecast of what will be held at once.
  ///   - what: What takes it.
  ///   - otherwise: What would fit.
  /// - Throws: `StageFailure` (2) where it is more than `memory`.
  public func require(memory bytes: Int, for what: String, otherwise: String) throws {
    log("\(what) takes about \(Format.bytes(bytes)) of memory, \(Format.bytes(memory)) are free")
    guard bytes > memory else { return }
    throw StageFailure(
      "\(what) needs \(Format.bytes(bytes)) of memory and may take \(Format.bytes(memory)); \(otherwise), or "
        + "give it more (resources.memory, --memory)", exitCode: .usage)
  }

  // MARK: Stopping and going on

  /// Throws `Interrupted` once the stage was asked to stop; call it between units of work that need
  /// no checkpoint, such as requests whose answers are in a journal.
  public func checkInterrupted() throws(Interrupted) {
    if let signal = stopSignal() { throw Interrupted(signal: signal) }
  }

  /// A monitor that keeps training states in the scratch folder and stops at a signal.
  ///
  /// After a kill, training repeats at most the epoch under way, or two seconds of shorter epochs.
  /// Without `--scratch` nothing is kept.
  ///
  /// - Parameters:
  ///   - prefix: Put before checkpoints' names and messages, where one stage trains several models.
  ///   - unit: What the trainer counts.
  /// - Returns: The monitor.
  public func monitor(prefix: String = "", unit: String = "epoch") -> any TrainingMonitor {
    CheckpointMonitor(prefix: prefix, unit: unit, store: checkpoints, events: events)
  }

  /// Opens the journal of a language model's answers in the scratch folder; in memory without one.
  ///
  /// Throws `FileError`.
  public func answerJournal(_ name: String) throws -> AnswerJournal {
    let journal = try AnswerJournal(path: scratch?.path(of: "\(name).journal"))
    if journal.cutBytes > 0 {
      log(
        "journal \(name): the last \(journal.cutBytes) bytes are torn, going on with "
          + "\(journal.count) answers", level: .warning)
    }
    return journal
  }
}

/// A folder for checkpoints and journals.
public struct Scratch: Sendable {
  /// The folder.
  public let path: String

  /// Takes a folder and makes it, with those above it, where missing.
  ///
  /// Throws `FileError`.
  package init(_ path: String) throws(FileError) {
    try Files.makeFolder(path)
    self.path = path
  }

  /// The path of a file in it; what is no letter, digit, dot or hyphen is escaped, so that any name
  /// makes one file.
  public func path(of name: String) -> String {
    let bytes = name.utf8.map { byte -> String in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
        String(UnicodeScalar(byte))
      default: (byte < 16 ? "_0" : "_") + String(byte, radix: 16)
      }
    }
    return "\(path)/\(bytes.joined())"
  }
}
