internal import RealModule

/// Adam with decoupled weight decay (Kingma and Ba, 2015; Loshchilov and Hutter, 2019).
///
/// A row-sparse parameter is updated only in the rows that the step touched, as PyTorch's `SparseAdam`.
public final class Adam {
  public struct Configuration: Sendable, Equatable {
    /// Step size α; `step(learningRate:)` may override it for a schedule.
    public var learningRate: Float
    public var beta1: Float
    public var beta2: Float
    public var epsilon: Float
    /// Decoupled decay: w ← w − α · decay · w, for parameters with `decays`.
    public var weightDecay: Float

    public init(
      learningRate: Float = 1e-3, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8,
      weightDecay: Float = 0
    ) {
      self.learningRate = learningRate
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
      self.weightDecay = weightDecay
    }
  }

  public let configuration: Configuration
  public let parameters: [Parameter]
  /// Steps taken; part of a checkpoint together with `moments`.
  public private(set) var steps = 0
  private var first: [[Float]]
  private var second: [[Float]]

  public init(_ parameters: [Parameter], _ configuration: Configuration = .init()) {
    precondition(Set(parameters.map(\.name)).count == parameters.count, "parameter names repeat")
    self.parameters = parameters
    self.configuration = configuration
    first = parameters.map { [Float](repeating: 0, count: $0.value.count) }
    second = first
  }

  /// Scales all gradients so that their common Euclidean norm is at most `limit`.
  ///
  /// - Parameter limit: The largest norm allowed.
  /// - Returns: The norm before.
  @discardableResult
  public func clipGradients(to limit: Float) -> Float {
    var sum: Float = 0
    for parameter in parameters {
      guard let g = parameter.store.values else { continue }
      for range in parameter.store.written {
        sum += Kernels.dot(g + range.lowerBound, g + range.lowerBound, range.count)
      }
    }
    let norm = sum.squareRoot()
    if norm > limit {
      for parameter in parameters {
        guard let g = parameter.store.values else { continue }
        for range in parameter.store.written {
          Kernels.scale(limit / norm, g + range.lowerBound, range.count)
        }
      }
    }
    return norm
  }

  /// Applies the gradients and sets them to zero.
  ///
  /// - Parameter learningRate: This step's size; nil takes the configured one.
  public func step(learningRate: Float? = nil) {
    steps += 1
    let rate = learningRate ?? configuration.learningRate
    let correction1 = 1 - Float.pow(configuration.beta1, steps)
    let correction2 = 1 - Float.pow(configuration.beta2, steps)
    for (index, parameter) in parameters.enumerated() {
      guard let g = parameter.store.values else { continue }
      let decay = parameter.decays ? rate * configuration.weightDecay : 0
      let ranges = parameter.store.written
      parameter.value.values.withUnsafeMutableBufferPointer { w in
        first[index].withUnsafeMutableBufferPointer { m in
          second[index].withUnsafeMutableBufferPointer { v in
            guard let w = w.baseAddress, let m = m.baseAddress, let v = v.baseAddress
            else { return }
            for range in ranges {
              update(
                w + range.lowerBound, g + range.lowerBound, m + range.lowerBound,
                v + range.lowerBound, count: range.count, rate: rate / correction1, decay: decay,
                inverseCorrection2: 1 / correction2)
            }
          }
        }
      }
      parameter.store.touched?.removeAll()
    }
  }

  @inline(__always)
  private func update(
    _ w: UnsafeMutablePointer<Float>, _ g: UnsafeMutablePointer<Float>,
    _ m: UnsafeMutablePointer<Float>, _ v: UnsafeMutablePointer<Float>, count: Int,
    rate: Float, decay: Float, inverseCorrection2: Float
  ) {
    let (b1, b2, epsilon) = (configuration.beta1, configuration.beta2, configuration.epsilon)
    var i = 0
    while i &+ Kernels.width <= count {
      let gradient = Kernels.load(g, i)
      let mean = Kernels.load(m, i) * b1 + gradient * (1 - b1)
      let square = Kernels.load(v, i) * b2 + gradient * gradient * (1 - b2)
      let step = rate * mean / ((square * inverseCorrection2).squareRoot() + epsilon)
      Kernels.store(Kernels.load(w, i) * (1 - decay) - step, w, i)
      Kernels.store(mean, m, i)
      Kernels.store(square, v, i)
      Kernels.store(.zero, g, i)
      i &+= Kernels.width
    }
    while i < count {
      m[i] = m[i] * b1 + g[i] * (1 - b1)
      v[i] = v[i] * b2 + g[i] * g[i] * (1 - b2)
      let step = rate * m[i] / ((v[i] * inverseCorrection2).squareRoot() + epsilon)
      w[i] = w[i] * (1 - decay) - step
      g[i] = 0
      i &+= 1
    }
  }

  /// What a checkpoint needs beside the parameters, by parameter name.
  public var moments: [(name: String, first: [Float], second: [Float])] {
    parameters.indices.map { (parameters[$0].name, first[$0], second[$0]) }
  }

  /// Puts back a saved state; traps when its shapes are not these parameters'.
  public func restore(steps: Int, first: [[Float]], second: [[Float]]) {
    precondition(
      first.map(\.count) == self.first.map(\.count)
        && second.map(\.count) == self.second.map(\.count), "optimizer state of other parameters")
    self.steps = steps
    self.first = first
    self.second = second
  }
}

/// A learning rate over the course of training.
public enum LearningRateSchedule: Sendable, Equatable {
  /// Rises linearly over the warm-up, then falls linearly to zero at the end.
  case linear(peak: Float, warmup: Int, total: Int)
  /// Rises linearly over the warm-up, then falls along half a cosine to zero at the end.
  case cosine(peak: Float, warmup: Int, total: Int)

  /// The rate of a step counted from 0.
  public func rate(at step: Int) -> Float {
    switch self {
    case .linear(let peak, let warmup, let total):
      if step < warmup { return peak * Float(step + 1) / Float(warmup) }
      return peak * max(0, Float(total - step) / Float(max(1, total - warmup)))
    case .cosine(let peak, let warmup, let total):
      if step < warmup { return peak * Float(step + 1) / Float(warmup) }
      let progress = min(1, Float(step - warmup) / Float(max(1, total - warmup)))
      return peak * 0.5 * (1 + Float.cos(.pi * progress))
    }
  }
}
