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

  /// The stages, each once.
  public var stages: [String] {
    var seen: Set<String> = []
    return instances.map(\.stage).filter { seen.insert($0).inserted }
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
