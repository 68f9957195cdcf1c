/// What is predicted.
public enum RecommendationTask: String, Codable, CaseIterable, Sendable {
  /// The items a user will like, in no particular time.
  case direct
  /// The next item of a sequence.
  case sequential
  /// The rating a user will give.
  case rating
}

/// The conventional models and the simple baselines beside them.
public enum BackboneName: String, Codable, CaseIterable, Sendable {
  /// Matrix factorisation with BPR (Rendle et al., 2009).
  case mf
  /// Self-attentive sequential recommendation (Kang and McAuley, 2018).
  case sasrec
  /// Factorisation machine beside a deep network (Guo et al., 2017).
  case deepfm
  /// The most interacted items.
  case popularity
  /// Embarrassingly shallow autoencoder (Steck, 2019).
  case ease
  /// Shrunk user and item biases.
  case bias

  /// The task that the model is for.
  public var task: RecommendationTask {
    switch self {
    case .mf, .popularity, .ease: .direct
    case .sasrec: .sequential
    case .deepfm, .bias: .rating
    }
  }

  /// Whether it only stands in tables for comparison, and is never augmented.
  public var isBaseline: Bool {
    switch self {
    case .popularity, .ease, .bias: true
    case .mf, .sasrec, .deepfm: false
    }
  }
}
