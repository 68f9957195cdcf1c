internal import RealModule

/// Loops over plain buffers that everything above is made of.
///
/// Pointers come with their length, whole rows at a time; eight lanes a step, the rest one by one.
/// What other rooms build operations of is public and `@inlinable`: called, it would cost more than
/// the loop (the compiler does not inline what is `package` across rooms).
public enum Kernels {
  public typealias Lanes = SIMD8<Float>
  @inlinable public static var width: Int { 8 }

  @inlinable @inline(__always)
  public static func load(_ p: UnsafePointer<Float>, _ i: Int) -> Lanes {
    UnsafeRawPointer(p + i).loadUnaligned(as: Lanes.self)
  }

  @inlinable @inline(__always)
  public static func store(_ value: Lanes, _ p: UnsafeMutablePointer<Float>, _ i: Int) {
    UnsafeMutableRawPointer(p + i).storeBytes(of: value, as: Lanes.self)
  }

  /// Σ a · b.
  @inlinable @inline(__always)
  public static func dot(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int
  ) -> Float {
    var sum = Lanes.zero
    var i = 0
    while i &+ width <= count {
      sum.addProduct(load(a, i), load(b, i))
      i &+= width
    }
    var total = sum.sum()
    while i < count {
      total += a[i] * b[i]
      i &+= 1
    }
    return total
  }

  /// Σ x.
  @inline(__always)
  static func sum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    var sum = Lanes.zero
    var i = 0
    while i &+ width <= count {
      sum += load(x, i)
      i &+= width
    }
    var total = sum.sum()
    while i < count {
      total += x[i]
      i &+= 1
    }
    return total
  }

  /// y ← y + α · x.
  @inlinable @inline(__always)
  public static func axpy(
    _ alpha: Float, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    let lanes = Lanes(repeating: alpha)
    var i = 0
    while i &+ width <= count {
      store(load(UnsafePointer(y), i).addingProduct(lanes, load(x, i)), y, i)
      i &+= width
    }
    while i < count {
      y[i] += alpha * x[i]
      i &+= 1
    }
  }

  /// y ← y + α · a + β · b.
  @inlinable @inline(__always)
  public static func axpy(
    _ alpha: Float, _ a: UnsafePointer<Float>, _ beta: Float, _ b: UnsafePointer<Float>,
    _ y: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    var i = 0
    while i &+ width <= count {
      var sum = load(UnsafePointer(y), i)
      sum.addProduct(Lanes(repeating: alpha), load(a, i))
      sum.addProduct(Lanes(repeating: beta), load(b, i))
      store(sum, y, i)
      i &+= width
    }
    while i < count {
      y[i] = y[i] + alpha * a[i] + beta * b[i]
      i &+= 1
    }
  }

  /// y ← y + α · a + β · b + γ · c.
  @inlinable @inline(__always)
  public static func axpy(
    _ alpha: Float, _ a: UnsafePointer<Float>, _ beta: Float, _ b: UnsafePointer<Float>,
    _ gamma: Float, _ c: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    var i = 0
    while i &+ width <= count {
      var sum = load(UnsafePointer(y), i)
      sum.addProduct(Lanes(repeating: alpha), load(a, i))
      sum.addProduct(Lanes(repeating: beta), load(b, i))
      sum.addProduct(Lanes(repeating: gamma), load(c, i))
      store(sum, y, i)
      i &+= width
    }
    while i < count {
      y[i] = y[i] + alpha * a[i] + beta * b[i] + gamma * c[i]
      i &+= 1
    }
  }

  /// y ← y + x.
  @inlinable @inline(__always)
  public static func add(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    var i = 0
    while i &+ width <= count {
      store(load(UnsafePointer(y), i) + load(x, i), y, i)
      i &+= width
    }
    while i < count {
      y[i] += x[i]
      i &+= 1
    }
  }

  /// x ← α · x.
  @inlinable @inline(__always)
  public static func scale(_ alpha: Float, _ x: UnsafeMutablePointer<Float>, _ count: Int) {
    var i = 0
    while i &+ width <= count {
      store(load(UnsafePointer(x), i) * alpha, x, i)
      i &+= width
    }
    while i < count {
      x[i] *= alpha
      i &+= 1
    }
  }

  /// y ← α · x.
  @inlinable @inline(__always)
  public static func scale(
    _ alpha: Float, _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    var i = 0
    while i &+ width <= count {
      store(load(x, i) * alpha, y, i)
      i &+= width
    }
    while i < count {
      y[i] = alpha * x[i]
      i &+= 1
    }
  }

  /// The largest number; −∞ of none.
  @inline(__always)
  static func maximum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    var best = Lanes(repeating: -.infinity)
    var i = 0
    while i &+ width <= count {
      let value = load(x, i)
      best.replace(with: value, where: value .> best)
      i &+= width
    }
    var result = best.max()
    while i < count {
      result = max(result, x[i])
      i &+= 1
    }
    return result
  }

  /// eˣ, lane by lane, within 2 units in the last place for −87 ≤ x ≤ 88.
  ///
  /// Smaller x give 0, larger ones e^88.3, NaN gives NaN.
  ///
  /// Range reduction to |r| ≤ ln 2 / 2 and a polynomial of degree 6 (Cephes' `expf`).
  @inlinable @inline(__always)
  public static func exp(_ x: Lanes) -> Lanes {
    let low = Lanes(repeating: -87.33)
    let high = Lanes(repeating: 88.3)
    // `clamped` would be two calls a step, and would turn NaN into a number.
    let clamped = x.replacing(with: low, where: x .< low).replacing(with: high, where: x .> high)
    // Adding 1.5 · 2²³ leaves the rounded integer in the low bits of the mantissa.
    let magic = Lanes(repeating: 12_582_912)
    let shifted = magic.addingProduct(clamped, Lanes(repeating: 1.442_695_04))
    let n = shifted - magic
    var r = clamped.addingProduct(n, Lanes(repeating: -0.693_359_375))
    r.addProduct(n, Lanes(repeating: 2.121_944_4e-4))
    var p = Lanes(repeating: 1.987_569_15e-4)
    p = Lanes(repeating: 1.398_199_95e-3).addingProduct(p, r)
    p = Lanes(repeating: 8.333_451_9e-3).addingProduct(p, r)
    p = Lanes(repeating: 4.166_579_6e-2).addingProduct(p, r)
    p = Lanes(repeating: 1.666_666_55e-1).addingProduct(p, r)
    p = Lanes(repeating: 5.000_000_1e-1).addingProduct(p, r)
    p = (r + 1).addingProduct(p, r * r)
    let bits = unsafeBitCast(shifted, to: SIMD8<UInt32>.self)
    let power = (bits &+ SIMD8<UInt32>(repeating: 127)) &<< SIMD8<UInt32>(repeating: 23)
    let result = p * unsafeBitCast(power, to: Lanes.self)
    return result.replacing(with: 0, where: x .< low)
  }

  /// y ← e^(x − shift); returns Σ y.
  @inline(__always)
  static func expShifted(
    _ x: UnsafePointer<Float>, shift: Float, into y: UnsafeMutablePointer<Float>, _ count: Int
  ) -> Float {
    var sum = Lanes.zero
    var i = 0
    while i &+ width <= count {
      let e = exp(load(x, i) - shift)
      store(e, y, i)
      sum += e
      i &+= width
    }
    var total = sum.sum()
    while i < count {
      let e = exp(Lanes(repeating: x[i] - shift))[0]
      y[i] = e
      total += e
      i &+= 1
    }
    return total
  }

  /// y ← σ(x) = 1 / (1 + e⁻ˣ).
  @inline(__always)
  package static func sigmoid(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    var i = 0
    while i &+ width <= count {
      store(1 / (1 + exp(-load(x, i))), y, i)
      i &+= width
    }
    while i < count {
      y[i] = 1 / (1 + exp(Lanes(repeating: -x[i]))[0])
      i &+= 1
    }
  }

  /// x ← softmax(x) in place, returning log Σ eˣ.
  ///
  /// A row of −∞ alone is not allowed.
  @inline(__always)
  @discardableResult
  package static func softmax(_ x: UnsafeMutablePointer<Float>, _ count: Int) -> Float {
    let top = maximum(UnsafePointer(x), count)
    let sum = expShifted(UnsafePointer(x), shift: top, into: x, count)
    scale(1 / sum, x, count)
    return top + Float.log(sum)
  }

  /// log(1 + eˣ) without overflow.
  @inline(__always)
  package static func softplus(_ x: Float) -> Float {
    max(x, 0) + Float.log(onePlus: Float.exp(-abs(x)))
  }

  /// 1 / (1 + e⁻ˣ).
  @inline(__always)
  package static func sigmoid(_ x: Float) -> Float { 1 / (1 + Float.exp(-x)) }
}
