/// Where a gradient is summed; allocated when the first contribution arrives.
final class GradientStore {
  let count: Int
  /// `count` numbers; nil until something contributed.
  private(set) var values: UnsafeMutablePointer<Float>?
  /// Rows that received something, for parameters that are updated row by row.
  var touched: RowSet?

  init(count: Int, rows: Int? = nil) {
    self.count = count
    touched = rows.map(RowSet.init(rows:))
  }

  deinit { values?.deallocate() }

  /// The numbers, zeros at first.
  func buffer() -> UnsafeMutablePointer<Float> {
    if let values { return values }
    let zeros = UnsafeMutablePointer<Float>.allocate(capacity: count)
    zeros.initialize(repeating: 0, count: count)
    values = zeros
    return zeros
  }

  /// Where numbers other than zero may stand: the rows that were touched, or all.
  var written: [Range<Int>] {
    guard let touched, !touched.isFull else { return [0..<count] }
    let width = count / max(touched.count, 1)
    return touched.rows.map { Int($0) * width..<(Int($0) + 1) * width }
  }

  /// Forgets the numbers and frees their memory.
  func clear() {
    values?.deallocate()
    values = nil
  }

  /// Adds the numbers of another store of the same count, which is empty afterwards.
  func take(from other: GradientStore) {
    guard let new = other.values else { return }
    if let values {
      Kernels.add(UnsafePointer(new), to: values, count)
      other.clear()
    } else {
      swap(&values, &other.values)
    }
    guard let rows = other.touched else { return }
    if rows.isFull { touched?.fill() }
    for row in rows.rows { touched?.insert(row) }
  }
}

/// A set of row numbers in the order of their first appearance.
struct RowSet {
  private(set) var rows: [Int32] = []
  /// Whether an operation wrote the whole table, so that `rows` does not tell all.
  private(set) var isFull = false
  private var contains: [Bool]

  /// Rows that could be in it.
  var count: Int { contains.count }

  init(rows count: Int) { contains = [Bool](repeating: false, count: count) }

  mutating func fill() { isFull = true }

  mutating func insert(_ row: Int32) {
    if !contains[Int(row)] {
      contains[Int(row)] = true
      rows.append(row)
    }
  }

  mutating func removeAll() {
    isFull = false
    for row in rows { contains[Int(row)] = false }
    rows.removeAll(keepingCapacity: true)
  }
}

/// A value computed on a tape, with its gradient once `Tape.backward(from:)` has run.
public final class Variable {
  public let value: Matrix
  let store: GradientStore?

  init(_ value: Matrix, store: GradientStore?) {
    self.value = value
    self.store = store
  }

  public var rows: Int { value.rows }
  public var columns: Int { value.columns }
  var needsGradient: Bool { store != nil }

  /// Adds to the gradient through a zeroed or already filled buffer of `value.count` numbers.
  @inline(__always)
  package func contribute(_ body: (UnsafeMutablePointer<Float>) -> Void) {
    guard let store else { return }
    store.touched?.fill()
    body(store.buffer())
  }

  /// The same for an operation that writes some rows only and names them to `touch`.
  @inline(__always)
  package func scatter(_ body: (UnsafeMutablePointer<Float>) -> Void) {
    if let store { body(store.buffer()) }
  }

  /// Tells a row-sparse parameter which rows received a gradient.
  package func touch(_ rows: [Int32]) {
    guard let store, store.touched != nil else { return }
    for row in rows { store.touched?.insert(row) }
  }
}

/// A trained matrix: its value, its gradient of the current step, and a name for checkpoints.
public final class Parameter {
  public let name: String
  public var value: Matrix
  /// Whether the optimizer decays it (off for biases and norms).
  public let decays: Bool
  let store: GradientStore

  /// Wraps a starting value.
  ///
  /// - Parameters:
  ///   - name: The key of checkpoints and artifacts.
  ///   - value: The starting value.
  ///   - decays: Whether weight decay applies.
  ///   - rowSparse: Whether the optimizer visits only the rows that a step's gathers touched
  ///     ("lazy" Adam), for tables much larger than a batch. Other operations touch all rows.
  public init(_ name: String, _ value: Matrix, decays: Bool = true, rowSparse: Bool = false) {
    self.name = name
    self.value = value
    self.decays = decays
    store = GradientStore(count: value.count, rows: rowSparse ? value.rows : nil)
  }

  /// Makes the parameter row-sparse from now on.
  public func stepsTouchedRows() {
    if store.touched == nil { store.touched = RowSet(rows: value.rows) }
  }

  /// The gradient of the current step; zeros before the first.
  public var gradient: Matrix {
    Matrix(
      rows: value.rows, columns: value.columns,
      values: [Float](UnsafeBufferPointer(start: store.buffer(), count: store.count)))
  }
}

/// Records operations as they are computed and runs them backwards.
///
/// One tape a training step: make it, compute a scalar loss with its methods, call `backward(from:)`.
/// A tape that does not record computes values only.
public final class Tape {
  public let isRecording: Bool
  /// Where the gradients of parameters are summed instead of in the parameters.
  let gradients: GradientSet?
  private var steps: [() -> Void] = []

  /// An empty tape.
  ///
  /// - Parameters:
  ///   - recording: Whether gradients can be asked for.
  ///   - gradients: Keeps the gradients of parameters apart; nil sums them in the parameters.
  public init(recording: Bool = true, gradients: GradientSet? = nil) {
    isRecording = recording
    self.gradients = gradients
  }

  /// A value without a gradient.
  public func constant(_ value: Matrix) -> Variable { Variable(value, store: nil) }

  /// A parameter as the start of a computation; its gradient is summed in the parameter, or in the set of the
  /// tape.
  public func parameter(_ parameter: Parameter) -> Variable {
    guard isRecording else { return Variable(parameter.value, store: nil) }
    return Variable(parameter.value, store: gradients?.store(of: parameter) ?? parameter.store)
  }

  /// Adds one operation: its result, what it read, and how a gradient of the result flows back.
  ///
  /// - Parameters:
  ///   - value: The result.
  ///   - parents: The variables read.
  ///   - backward: Receives the gradient of the result (`value.count` numbers) and contributes to the
  ///     parents'.
  /// - Returns: The result as a variable; it has a gradient when a parent has one.
  package func node(
    _ value: Matrix, _ parents: [Variable],
    backward: @escaping (UnsafePointer<Float>) -> Void
  ) -> Variable {
    guard isRecording, parents.contains(where: \.needsGradient) else {
      return Variable(value, store: nil)
    }
    let store = GradientStore(count: value.count)
    steps.append {
      // No gradient arrived: the loss does not depend on this value.
      guard let gradient = store.values else { return }
      backward(gradient)
      store.clear()
    }
    return Variable(value, store: store)
  }

  /// Fills the gradients of every parameter that the loss depends on, and empties the tape.
  ///
  /// - Parameter loss: A 1 × 1 value computed on this tape.
  public func backward(from loss: Variable) {
    precondition(loss.value.count == 1, "a loss is 1 × 1")
    backward(from: loss, gradient: [1])
  }

  /// The same for a result whose gradient is known.
  func backward(from result: Variable, gradient: UnsafePointer<Float>) {
    result.contribute { Kernels.add(gradient, to: $0, result.value.count) }
    while let step = steps.popLast() { step() }
  }
}
