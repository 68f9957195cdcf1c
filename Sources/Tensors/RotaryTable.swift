internal import RealModule

/// Sines and cosines of the angles by which rotary position embedding turns each pair of columns.
public struct RotaryTable: Sendable {
  let half: Int
  /// The position of each row.
  let positions: [Int32]
  /// (largest position + 1) × half.
  let cosines: [Float]
  let sines: [Float]

  /// Computes the angles position · frequency.
  ///
  /// - Parameters:
  ///   - positions: One for each row.
  ///   - frequencies: Of each of a head's d/2 pairs of columns, in radians a position; base^(−2j/d) in Su et
  ///     al., 2021.
  public init(positions: [Int32], frequencies: [Double]) {
    precondition(positions.allSatisfy { $0 >= 0 }, "a rotary position is negative")
    let angles = (0...(positions.max() ?? 0)).flatMap { position in
      frequencies.map { Double(position) * $0 }
    }
    half = frequencies.count
    self.positions = positions
    cosines = angles.map { Float(Double.cos($0)) }
    sines = angles.map { Float(Double.sin($0)) }
  }

  /// Turns every head of every row in place.
  ///
  /// - Parameters:
  ///   - x: rows × heads × 2·half numbers; row r is turned by position r of the table.
  ///   - rows: How many rows.
  ///   - heads: Heads side by side in a row.
  ///   - direction: 1 forwards, −1 back.
  public func rotate(
    _ x: UnsafeMutablePointer<Float>, rows: Int, heads: Int, direction: Float
  ) {
    precondition(rows <= positions.count, "rotary table too short")
    let half = half
    cosines.withUnsafeBufferPointer { cosines in
      sines.withUnsafeBufferPointer { sines in
        guard let cosines = cosines.baseAddress, let sines = sines.baseAddress else { return }
        for row in 0..<rows {
          let start = Int(positions[row]) &* half
          let (c, s) = (cosines + start, sines + start)
          for head in 0..<heads {
            let first = x + (row &* heads &+ head) &* 2 &* half
            let second = first + half
            for j in 0..<half {
              let (a, b, sine) = (first[j], second[j], direction * s[j])
              first[j] = a * c[j] - b * sine
              second[j] = b * c[j] + a * sine
            }
          }
        }
      }
    }
  }
}
