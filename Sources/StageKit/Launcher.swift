internal import ArgumentParser
internal import Foundations
internal import Glibc
package import StageProtocol
internal import Tensors

/// Runs a stage: from arguments to an exit code.
package struct Launcher<S: Stage> {
  private let console: Console
  private let stopSignal: @Sendable () -> Int32?
  private let work: (StageContext) async throws -> Void

  /// Prepares a run.
  ///
  /// - Parameters:
  ///   - console: Where to print.
  ///   - stopSignal: The signal that asked the stage to stop, if one did.
  ///   - work: What the stage does.
  package init(
    console: Console, stopSignal: @escaping @Sendable () -> Int32? = { Interrupts.signal },
    work: @escaping (StageContext) async throws -> Void = S.run
  ) {
    self.console = console
    self.stopSignal = stopSignal
    self.work = work
  }

  /// Runs the stage; everything that goes wrong is printed once and becomes a code.
  package func run(_ arguments: [String]) async -> StageProtocol.ExitCode {
    let options: StageOptions<S>
    do {
      options = try StageOptions<S>.parse(arguments)
    } catch {
      let text = StageOptions<S>.fullMessage(for: error, columns: 80) + "\n"
      if StageOptions<S>.exitCode(for: error).isSuccess {
        console.out(text)
        return Interrupts.signal == nil ? .done : .failed
      }
      console.error(text)
      return .usage
    }
    if options.describe {
      console.out(describe + "\n")
      // A console that takes no more asks the stage to stop: half a description is none.
      return Interrupts.signal == nil ? .done : .failed
    }
    let events = Events(format: options.events, console: console)
    do {
      try await run(options, events)
      events.finish()
      return .done
    } catch {
      events.finish()
      events.end(by: error)
      let kind = error is Interrupted ? "" : "error: "
      console.error("stage-\(S.description.stage): \(kind)\(error)\n")
      return ExitCode(error)
    }
  }

  /// The description as one line of JSON.
  private var describe: String {
    do {
      return try Records.text(S.description)
    } catch {
      preconditionFailure("a description holds finite numbers only: \(error)")
    }
  }

  private func run(_ options: StageOptions<S>, _ events: Events) async throws {
    guard options.threads > 0 else { throw ArgumentError.threads(found: options.threads) }
    if let memory = options.memory, memory <= 0 { throw ArgumentError.memory(found: memory) }
    let inputs = try options.inputPaths()
    let outputs = try options.outputPaths()
    let parameters = try ParameterValues(S.description, json: options.parameters)
    for path in S.description.inputs.flatMap({ inputs[$0.name] ?? [] })
    where access(path, R_OK) != 0 {
      throw FileError(path: path, operation: "read", code: errno)
    }
    let scratch = try options.scratch.map { try Scratch($0) }
    if options.events == .json {
      events.log("\(BLAS.identity), \(options.threads) threads")
    }
    guard BLAS.start(threads: options.threads) else {
      throw StageFailure(
        "no room for OpenBLAS's work space, \(Format.bytes(BLAS.workspaceBytes)) for each of "
          + "\(options.threads) threads; allow the process more memory (ulimit -v) or fewer --threads"
      )
    }

    let description = S.description
    let checkpoints = CheckpointStore(
      scratch: scratch, events: events, now: console.now, stopSignal: stopSignal
    ) {
      try fingerprint(description, parameters, inputs)
    }
    let context = StageContext(
      parameters: parameters, scratch: scratch, answers: options.answers, threads: options.threads,
      memory: options.memory ?? availableMemory(),
      description: description, inputPaths: inputs, outputPaths: outputs, events: events,
      checkpoints: checkpoints, stopSignal: stopSignal)
    do {
      try await work(context)
    } catch {
      do {
        try checkpoints.flush()
      } catch {
        events.log("the last checkpoint is not saved: \(error)", level: .warning)
      }
      throw error
    }
    for output in S.description.outputs {
      guard let path = outputs[output.name], access(path, F_OK) == 0 else {
        throw StageFailure("the stage ended without writing its output \(output.name)")
      }
    }
  }
}

/// Tells checkpoints of this work from those of another: parameters and the bytes of all inputs.
private func fingerprint(
  _ description: StageDescription, _ parameters: ParameterValues, _ inputs: [String: [String]]
) throws -> String {
  let hasher = Digest.Hasher()
  hasher.update("\(description.stage)\n\(parameters.digest)\n")
  for input in description.inputs {
    for path in inputs[input.name] ?? [] {
      hasher.update("\(input.name) \(try Digest.sha256(fileAt: path))\n")
    }
  }
  return hasher.finalize()
}
