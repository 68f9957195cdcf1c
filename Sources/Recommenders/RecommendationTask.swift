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
  /// Light graph convolution (He et al., 2020).
  case lightgcn
  /// Self-supervised graph learning (Wu et al., 2021).
  case sgl
  /// Graph convolution with mixed negatives (Huang et al., 2021).
  case mixgcf
  /// Bidirectional sequential recommendation (Sun et al., 2019).
  case bert4rec
  /// Contrastive sequential recommendation (Xie et al., 2022).
  case cl4srec
  /// Weighted matrix factorisation by alternating least squares (Hu et al., 2008).
  case als
  /// Nearest neighbours of items by shrunk cosine (Sarwar et al., 2001).
  case itemknn
  /// Deep network on pooled pairs of fields (He and Chua, 2017).
  case nfm
  /// Cross network beside a deep network (Wang et al., 2017).
  case dcn
  /// Self-attention among fields beside a deep network (Song et al., 2019).
  case autoint
  /// Factorisation machine with attention over its pairs (Xiao et al., 2017).
  case afm
  /// Compressed interaction network beside a deep network (Lian et al., 2018).
  case xdeepfm
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
    case .lightgcn, .sgl, .mixgcf, .als, .itemknn: .direct
    case .sasrec: .sequential
    case .bert4rec, .cl4srec: .sequential
    case .deepfm, .nfm, .dcn, .autoint, .afm, .xdeepfm, .bias: .rating
    }
  }

  /// Whether it only stands in tables for comparison, and is never augmented.
  public var isBaseline: Bool {
    switch self {
    case .popularity, .ease, .bias: true
    case .als, .itemknn: true
    case .lightgcn, .sgl, .mixgcf, .bert4rec, .cl4srec: false
    case .mf, .sasrec, .deepfm, .nfm, .dcn, .autoint, .afm, .xdeepfm: false
    }
  }
}
