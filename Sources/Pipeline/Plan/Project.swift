import Artifacts
import Foundation
import Foundations
import StageProtocol

/// A configuration made concrete: the plan of one profile with the code and the store it runs on.
public struct Project: Sendable {
  public let configuration: Configuration
  public let selection: Selection
  public private(set) var plan: Plan
  public let store: Store
  let executables: String
  /// The code identity of each executable.
  let code: [String: String]
  /// What each executable says of itself.
  let descriptions: [String: StageDescription]
  /// The folder that the profile's data files are in, if one was given.
  let data: String?
  let digests: DigestCache
  /// Whether the plan goes up to one stage only.
  private(set) var isLimited = false

  /// The profile's name.
  public var profile: String { selection.profile.name }

  /// Reads the configuration, asks every stage executable for its description, and checks one
  /// against the other.
  ///
  /// - Parameters:
  ///   - options: What the command line asked for.
  ///   - executor: Where the executables run that are asked.
  ///   - clock: The time.
  /// - Returns: The project, ready to run.
  /// - Throws: `ConfigurationError` for everything that the user can correct, before anything runs;
  ///   `ExecutionError` where an executable does not say what it takes.
  public static func load(
    _ options: ProjectOptions, executor: any Executor = LocalExecutor(),
    clock: any RunClock = SystemClock()
  ) throws -> Project {
    let configuration = try Configuration.load(options.pipeline)
    let selection = try Selection(
      configuration, profile: options.profile, languageModel: options.languageModel,
      assignments: options.assignments)
    if let until = options.until, configuration.stage(until) == nil {
      throw ConfigurationError.unknown(
        "stage", until, at: "--until", valid: configuration.stages.map(\.name))
    }
    let store = Store(root: options.artifacts)
    let digests = DigestCache(path: store.path("digests.json"))
    let folder = options.executables ?? Self.ownFolder()
    var code: [String: String] = [:]
    var descriptions: [String: StageDescription] = [:]
    for stage in configuration.stages where code[stage.executable] == nil {
      let path = "\(folder)/\(stage.executable)"
      guard access(path, X_OK) == 0 else {
        throw ConfigurationError(
          stage.place, key: "stages.\(stage.name).executable",
          found: "no executable \(path)", expected: "one; build it with make build")
      }
      let identity = try digests.digest(of: path, as: .code)
      code[stage.executable] = identity
      descriptions[stage.executable] = try StageDescription.load(
        path, identity: identity, store: store, executor: executor, clock: clock)
    }
    try? digests.save()
    var project = try Project(
      configuration: configuration, selection: selection, plan: Plan(instances: []), store: store,
      executables: folder, code: code, descriptions: descriptions, data: options.data,
      digests: digests
    ).planned(options.until.map { .upTo(stage: $0) } ?? .evaluation)
    if let until = options.until {
      project.plan = project.plan.until(until)
      project.isLimited = true
    }
    return project
  }

  /// The project with a plan of as much of its profile.
  func planned(_ scope: PlanScope) throws(ConfigurationError) -> Project {
    var builder = PlanBuilder(
      configuration: configuration, selection: selection, descriptions: descriptions, scope: scope
    ) { file throws(ConfigurationError) in
      try Self.locate(file, selection.profile, folder: data)
    }
    var project = self
    project.plan = try builder.build()
    return project
  }

  /// The folder of the running executable.
  private static func ownFolder() -> String {
    let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(filePath: path ?? CommandLine.arguments[0]).deletingLastPathComponent().path
  }

  private static func locate(
    _ file: ProfileFile, _ profile: Profile, folder: String?
  ) throws(ConfigurationError) -> [String] {
    let data = folder ?? "data"
    let found = file.paths.flatMap { path in
      path.contains("*") ? matches(of: "\(data)/\(path)") : plainOrCompressed("\(data)/\(path)")
    }
    guard found.isEmpty, !file.isOptional else { return found }
    let missing = file.paths.flatMap { ["\(data)/\($0)", "\(data)/\($0).zst"] }
    throw ConfigurationError(
      folder.map { "--data \($0)" } ?? "--data", key: "profile \(profile.name)",
      found: "neither \(missing.joined(separator: " nor "))",
      expected: "the folder that holds \(file.paths.joined(separator: " or "))")
  }

  /// The file, or else its compressed form; what is there and cannot be read must not pass for what is not there.
  private static func plainOrCompressed(_ path: String) -> [String] {
    [path, "\(path).zst"].filter(Files.exists).prefix(1).map { $0 }
  }

  /// The files that a pattern with one `*` in its last part stands for, plain or compressed, by name.
  private static func matches(of pattern: String) -> [String] {
    let folder = pattern.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
    let parts = pattern.dropFirst(folder.utf8.count + 1).split(
      separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return [] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let plain = names.map { $0.hasSuffix(".zst") ? String($0.dropLast(4)) : $0 }.filter {
      $0.hasPrefix(parts[0]) && $0.hasSuffix(parts[1])
        && $0.utf8.count >= parts[0].utf8.count + parts[1].utf8.count
    }
    return Set(plain).sorted().flatMap { plainOrCompressed("\(folder)/\($0)") }
  }

  /// What an instance's key is made of.
  ///
  /// - Parameters:
  ///   - index: The instance.
  ///   - results: The results of the instances it reads from, by their index.
  /// - Returns: The material of the key.
  /// - Throws: `FileError` where a data file cannot be read.
  func keyMaterial(_ index: Int, results: [Int: ActionRecord]) throws -> KeyMaterial {
    let instance = plan.instances[index]
    var inputs: [(name: String, digests: [String])] = []
    for input in instance.inputs {
      var found: [String] = []
      for source in input.sources {
        switch source {
        case .file(let path): found.append(try digests.digest(of: path, as: .bytes))
        case .output(let upstream, let name):
          guard let digest = results[upstream]?.output(name)?.digest else {
            preconditionFailure("\(instance.name) is decided before its inputs")
          }
          found.append(digest)
        }
      }
      inputs.append((name: input.name, digests: found))
    }
    return KeyMaterial(
      stage: instance.stage, code: code[instance.executable] ?? "", salt: configuration.salt,
      parameters: instance.parameters, inputs: inputs)
  }

  /// The data files that an instance reads, each with the digest that the instance's key has for it.
  ///
  /// - Parameters:
  ///   - index: The instance.
  ///   - parts: The parts of its key.
  /// - Returns: Path and SHA-256.
  func files(of index: Int, parts: [KeyPart]) -> [(path: String, digest: String)] {
    var files: [(path: String, digest: String)] = []
    for input in plan.instances[index].inputs {
      let part = parts.first { $0.kind == .input && $0.name == input.name }
      let digests = part?.value.split(separator: ",").map(String.init) ?? []
      for (source, digest) in zip(input.sources, digests) {
        if case .file(let path) = source { files.append((path, digest)) }
      }
    }
    return files
  }

  /// The job of an instance.
  func request(
    _ index: Int, key: String, results: [Int: ActionRecord], threads: Int, log: String
  ) -> JobRequest {
    let instance = plan.instances[index]
    let budget = instance.budget
    let threads = budget.threads ?? threads
    return JobRequest(
      name: instance.name, executable: "\(executables)/\(instance.executable)",
      arguments: invocation(
        index, key: key, results: results, threads: threads,
        memory: budget.memory.map { Int($0.value) }
      ).words,
      errorLog: log,
      resources: JobResources(
        threads: threads, memory: budget.memory.map { Int($0.value) }, seconds: budget.time?.value))
  }

  private func invocation(
    _ index: Int, key: String, results: [Int: ActionRecord], threads: Int, memory: Int?
  ) -> StageInvocation {
    let instance = plan.instances[index]
    let inputs = instance.inputs.flatMap { input in
      input.sources.map { source in
        let path =
          switch source {
          case .file(let path): path
          case .output(let upstream, let name):
            store.objectPath(results[upstream]?.output(name)?.digest ?? "")
          }
        return (name: input.name, path: path)
      }
    }
    return StageInvocation(
      inputs: inputs,
      outputs: instance.outputs.map {
        (name: $0.name, path: "\(store.outputFolder(key))/\($0.file)")
      }, parameters: instance.parameters, scratch: store.scratchPath(key),
      answers: store.answersPath, threads: threads, memory: memory)
  }
}
