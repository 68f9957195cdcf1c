public import Foundations
public import StageProtocol

/// One run of a stage: a stage at one choice of axis values.
public struct Instance: Sendable {
  /// Where the bytes of an input come from.
  public enum Source: Sendable, Equatable {
    /// A file of the data directory.
    case file(String)
    /// An output of another instance, by its place in `Plan.instances`.
    case output(instance: Int, name: String)
  }

  public struct Input: Sendable, Equatable {
    public var name: String
    public var sources: [Source]
  }

  public var stage: String
  /// The axis values in the order of the stage's `each`.
  public var axisValues: [String]
  /// The executable's file name.
  public var executable: String
  /// The stage's parameters, defaults included; a JSON object.
  public var parameters: JSONValue
  public var inputs: [Input]
  public var outputs: [StageDescription.Output]

  /// `train-backbone[mf,1]`, or `preprocess` for a stage without axes.
  public var name: String {
    axisValues.isEmpty ? stage : "\(stage)[\(axisValues.joined(separator: ","))]"
  }

  /// The folder of its readable links under the profile: `train-backbone/mf-1`.
  public var folder: String {
    axisValues.isEmpty ? stage : "\(stage)/\(axisValues.joined(separator: "-"))"
  }
}

/// All instances of a run, each after those it reads from.
public struct Plan: Sendable {
  public var instances: [Instance]
  /// For each instance those it reads from, ascending.
  public var dependencies: [[Int]]

  init(instances: [Instance]) {
    self.instances = instances
    dependencies = instances.map { instance in
      var found: Set<Int> = []
      for case .output(let upstream, _) in instance.inputs.flatMap(\.sources) {
        found.insert(upstream)
      }
      return found.sorted()
    }
  }

  /// For each instance those that read from it, ascending.
  public var dependents: [[Int]] {
    var dependents = [[Int]](repeating: [], count: instances.count)
    for (index, upstream) in dependencies.enumerated() {
      for instance in upstream { dependents[instance].append(index) }
    }
    return dependents
  }

  /// The most expensive chain of work from each instance to the end, itself included.
  ///
  /// - Parameter costs: The expected seconds of each instance.
  /// - Returns: Seconds, for each instance.
  public func remainingCosts(_ costs: [Double]) -> [Double] {
    precondition(costs.count == instances.count, "a cost for each instance")
    var remaining = costs
    let dependents = dependents
    for index in instances.indices.reversed() {
      remaining[index] += dependents[index].map { remaining[$0] }.max() ?? 0
    }
    return remaining
  }

  /// The instances that a stage or an instance name stands for.
  public func matching(_ name: String) -> [Int] {
    instances.indices.filter { instances[$0].stage == name || instances[$0].name == name }
  }

  /// Only the instances of a stage and all that they need.
  package func until(_ stage: String) -> Plan {
    var needed = Set(matching(stage))
    for index in instances.indices.reversed() where needed.contains(index) {
      needed.formUnion(dependencies[index])
    }
    let kept = needed.sorted()
    let renumbered = Dictionary(uniqueKeysWithValues: zip(kept, kept.indices))
    return Plan(
      instances: kept.map { index in
        var instance = instances[index]
        for input in instance.inputs.indices {
          instance.inputs[input].sources = instance.inputs[input].sources.map { source in
            guard case .output(let upstream, let name) = source,
              let moved = renumbered[upstream]
            else { return source }
            return .output(instance: moved, name: name)
          }
        }
        return instance
      })
  }
}
