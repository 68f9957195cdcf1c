/// Which matrices of every layer get a low-rank adapter, and of what size (Hu et al., 2021).
public struct AdapterOptions: Sendable, Equatable, Codable {
  /// A matrix of a layer, by the last part of its Hugging Face name.
  public enum Matrix: String, Sendable, CaseIterable, Codable {
    case query = "q_proj"
    case key = "k_proj"
    case value = "v_proj"
    case output = "o_proj"
    case gate = "gate_proj"
    case up = "up_proj"
    case down = "down_proj"
  }

  /// Rank r of the two matrices of an adapter.
  public var rank: Int
  /// The product is scaled by α/r.
  public var alpha: Float
  /// At least one; in the order of the layer.
  public private(set) var matrices: [Matrix]

  /// Adapters of one size on some matrices; all seven unless told otherwise.
  public init(rank: Int = 16, alpha: Float = 32, matrices: some Sequence<Matrix> = Matrix.allCases)
  {
    precondition(rank > 0, "rank \(rank)")
    self.rank = rank
    self.alpha = alpha
    let chosen = Set(matrices)
    precondition(!chosen.isEmpty, "adapters on nothing")
    self.matrices = Matrix.allCases.filter(chosen.contains)
  }
}
