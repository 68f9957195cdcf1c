/// How much of a profile a plan has.
package enum PlanScope: Sendable, Equatable {
  case evaluation
  /// The evaluation, and what a stage of the delivery needs, for all axis values of the run.
  case upTo(stage: String)
  /// Both parts; the delivery has only the cell's value of an axis that the cell names, by its variable.
  case both(cell: [String: String])

  /// Whether a stage belongs to it.
  func includes(_ stage: StageSpecification, of configuration: Configuration) -> Bool {
    switch self {
    case .evaluation: stage.part == .evaluation
    case .upTo(let last):
      stage.part == .evaluation || configuration.stagesNeeded(by: last).contains(stage.name)
    case .both: stage.part != .inspection
    }
  }

  /// The values of an axis that stages of a part repeat over.
  func values(of name: String, for part: ProfilePart, in selection: Selection) -> [String] {
    guard let axis = selection.axes.first(where: { $0.name == name }) else { return [] }
    guard part == .delivery, case .both(let cell) = self, let value = cell[axis.variable] else {
      return axis.values
    }
    return [value]
  }
}

extension Configuration {
  /// The names of a stage and of all that it reads from.
  fileprivate func stagesNeeded(by name: String) -> Set<String> {
    var needed: Set<String> = []
    var open = [name]
    while let next = open.popLast() {
      guard needed.insert(next).inserted, let stage = stage(next) else { continue }
      open += stage.inputs.flatMap(\.sources).map(\.owner)
    }
    return needed
  }
}
