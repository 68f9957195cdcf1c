/// Gradients of parameters kept apart from the parameters, so that several tapes can run at the same time.
///
/// Each tape has a set of its own. Summed in a fixed order by `add()`, the sets give the same bits whichever tape
/// was ready first.
// A set is used by one thread at a time: the tape's, then that of whoever adds it.
public final class GradientSet: @unchecked Sendable {
  private var places: [ObjectIdentifier: Int] = [:]
  private var entries: [(parameter: Parameter, store: GradientStore)] = []

  public init() {}

  func store(of parameter: Parameter) -> GradientStore {
    if let place = places[ObjectIdentifier(parameter)] { return entries[place].store }
    let store = GradientStore(
      count: parameter.value.count,
      rows: parameter.store.touched == nil ? nil : parameter.value.rows)
    places[ObjectIdentifier(parameter)] = entries.count
    entries.append((parameter, store))
    return store
  }

  /// Adds the gradients to those of the parameters; the set is empty afterwards.
  public func add() {
    for (parameter, store) in entries { parameter.store.take(from: store) }
    entries = []
    places = [:]
  }
}
