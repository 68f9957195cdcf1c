internal import Tensors

/// A prompt that was computed once, and a tree of its continuations that grows.
///
/// What several continuations begin with is one path of nodes and computed once.
struct LlamaTree {
  /// A token whose probability is asked, after a node or, for −1, after the prompt.
  struct Prediction {
    let node: Int32
    let token: Int32
  }

  /// Rows that are computed at once, which bounds what a layer needs of memory.
  private static let rowLimit = 512
  /// Rows of logits that are held at once; each is as long as the vocabulary.
  private static let logitLimit = 256

  private let prompt: LlamaPass
  /// Of every layer, nodes × (keyValueHeads · headSize), keys already rotated.
  private var keys: [[Float]]
  private var values: [[Float]]
  /// Last hidden states, nodes × D.
  private var hidden: [Float] = []
  /// The nodes on the way to each node, itself last.
  private var paths: [[Int32]] = []

  /// A tree without nodes.
  ///
  /// - Parameters:
  ///   - model: The weights.
  ///   - prompt: Its tokens, at position 0.
  init(model: LlamaModel, prompt: [Int32]) {
    self.prompt = LlamaPass(model: model, sequences: [prompt])
    let layers = model.configuration.layers
    keys = [[Float]](repeating: [], count: layers)
    values = keys
  }

  /// Computes further nodes, which are numbered on.
  ///
  /// - Parameters:
  ///   - tokens: What they are.
  ///   - parents: The node before each, a known one or an earlier one of these; −1 for the prompt's end.
  mutating func grow(_ tokens: [Int32], parents: [Int32]) {
    precondition(tokens.count == parents.count, "a parent for every node")
    for start in stride(from: 0, to: tokens.count, by: Self.rowLimit) {
      let range = start..<min(start + Self.rowLimit, tokens.count)
      compute(Array(tokens[range]), parents: parents[range])
    }
  }

  private mutating func compute(_ tokens: [Int32], parents: ArraySlice<Int32>) {
    let model = prompt.model
    let c = model.configuration
    let first = paths.count
    for parent in parents {
      precondition(parent < paths.count, "a node before its parent")
      paths.append((parent < 0 ? [] : paths[Int(parent)]) + [Int32(paths.count)])
    }
    let grown = Array(paths[first...])
    let (count, width) = (paths.count, c.keyValueHeads * c.headSize)
    // Taken out, so that they grow in place.
    var (keys, values) = (keys, values)
    self.keys = []
    self.values = []
    let states = prompt.states(
      of: tokens, positions: grown.map { Int32(prompt.segments.rows + $0.count - 1) }
    ) { [prompt] tape, layer, q, k, v in
      keys[layer] += k.value.values
      values[layer] += v.value.values
      return tape.constant(
        attentionOnTree(
          queries: q.value, prefixKeys: prompt.keys[layer], prefixValues: prompt.values[layer],
          keys: Matrix(rows: count, columns: width, values: keys[layer]),
          values: Matrix(rows: count, columns: width, values: values[layer]), paths: grown,
          heads: c.heads, keyHeads: c.keyValueHeads))
    }
    self.keys = keys
    self.values = values
    hidden += states.values
  }

  /// log P(token | everything up to and including the node) of each prediction, in nats.
  func logProbabilities(_ predictions: [Prediction]) -> [Float] {
    let nodes = Set(predictions.map(\.node)).sorted()
    var result = [Float](repeating: 0, count: predictions.count)
    let places = Dictionary(grouping: predictions.indices) { predictions[$0].node }
    for start in stride(from: 0, to: nodes.count, by: Self.logitLimit) {
      let chunk = nodes[start..<min(start + Self.logitLimit, nodes.count)]
      var logits = prompt.logits(of: rows(of: chunk))
      let width = logits.columns
      logits.values.withUnsafeMutableBufferPointer { logits in
        for (row, node) in chunk.enumerated() {
          guard let x = logits.baseAddress.map({ $0 + row * width }) else { continue }
          let asked = places[node] ?? []
          for place in asked { result[place] = x[Int(predictions[place].token)] }
          let normalizer = Kernels.softmax(x, width)
          for place in asked { result[place] -= normalizer }
        }
      }
    }
    return result
  }

  /// The last hidden states of nodes.
  private func rows(of nodes: ArraySlice<Int32>) -> Matrix {
    let width = prompt.model.configuration.hiddenSize
    let last = prompt.lastRow(of: 0)
    return Matrix(
      rows: nodes.count, columns: width,
      values: nodes.flatMap { node in
        node < 0
          ? prompt.hidden[row: Int(last)]
          : hidden[Int(node) * width..<(Int(node) + 1) * width]
      })
  }
}
