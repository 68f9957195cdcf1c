extension Project {
  struct Judgement {
    var key: String
    var parts: [KeyPart]
    var decision: Decision
    /// The stored result, if the decision is to use it.
    var result: ActionRecord?
  }

  /// Computes an instance's key and decides whether it has to run.
  func judge(
    _ index: Int, results: [Int: ActionRecord], remembered: Journal.Entry?, isForced: Bool
  ) throws -> Judgement {
    let material = try keyMaterial(index, results: results)
    let key = material.key
    let recorded = store.action(key)
    let previous = remembered?.finishedKey.flatMap { store.action($0)?.parts }
    let decision = Decision.make(
      parts: material.parts, previous: previous, isRecorded: recorded != nil,
      damage: recorded.flatMap(store.damage), isForced: isForced,
      resumes: !isForced && store.hasCheckpoint(key))
    return Judgement(
      key: key, parts: material.parts, decision: decision,
      result: decision == .cached ? recorded : nil)
  }

  func isForced(_ index: Int, _ names: [String]) -> Bool {
    names.contains(plan.instances[index].stage) || names.contains(plan.instances[index].name)
  }
}
