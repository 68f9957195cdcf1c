internal import Tensors

extension [String: Matrix] {
  /// A saved matrix of the shape of another; throws `BackboneError.parameter` without one.
  func matrix(_ name: String, like shape: Matrix, of backbone: BackboneName) throws -> Matrix {
    let saved = self[name]
    guard let saved, saved.rows == shape.rows, saved.columns == shape.columns else {
      throw BackboneError.parameter(
        backbone: backbone, name: name,
        found: saved.map { "\($0.rows) × \($0.columns)" } ?? "missing",
        expected: "\(shape.rows) × \(shape.columns)")
    }
    return saved
  }
}

extension [Parameter] {
  /// Puts saved values back; throws `BackboneError.parameter` where one is missing or has another
  /// shape.
  func load(_ saved: [String: Matrix], of backbone: BackboneName) throws {
    let values = try map { try saved.matrix($0.name, like: $0.value, of: backbone) }
    for (parameter, value) in zip(self, values) { parameter.value = value }
  }
}
