internal import Evaluation

/// The conventional models and the simple baselines beside them.
public enum BackboneName: String, Codable, CaseIterable, Sendable {
  /// Matrix factorisation with BPR (Rendle et al., 2009).
  case mf
  /// Light graph convolution (He et al., 2020).
  case lightgcn
  /// Self-supervised graph learning (Wu et al., 2021).
  case sgl
  /// Graph convolution with mixed negatives (Huang et al., 2021).
  case mixgcf
  /// Self-attentive sequential recommendation (Kang and McAuley, 2018).
  case sasrec
  /// Bidirectional sequential recommendation (Sun et al., 2019).
  case bert4rec
  /// Contrastive sequential recommendation (Xie et al., 2022).
  case cl4srec
  /// Factorisation machine beside a deep network (Guo et al., 2017).
  case deepfm
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
  /// Nearest neighbours of items by shrunk cosine (Sarwar et al., 2001).
  case itemknn
  /// Weighted matrix factorisation by alternating least squares (Hu et al., 2008).
  case als
  /// Embarrassingly shallow autoencoder (Steck, 2019).
  case ease
  /// Shrunk user and item biases.
  case bias
}

extension BackboneEntry {
  /// Every model: its type, its label, its task, the hyperparameters that it reads, and its defaults.
  ///
  /// A model with a new name needs a row here and nothing elsewhere but its own file. Where the
  /// defaults come from is told in `docs/backbones.md`.
  static let table: [BackboneEntry] = [
    BackboneEntry(
      MatrixFactorization.self, "MF", .direct,
      reads: descent + [.l2, .initialDeviation, .negatives]
    ) {
      $0.learningRate = 3e-3
      $0.l2 = 1e-4
      $0.initialDeviation = 0.01
      $0.patience = 15
    },
    BackboneEntry(LightGCN.self, "LightGCN", .direct, reads: graph) {
      $0.learningRate = 1e-2
      $0.l2 = 1e-4
      $0.patience = 15
    },
    BackboneEntry(
      SGL.self, "SGL", .direct, reads: graph + [.edgeDropout, .contrastWeight, .temperature]
    ) {
      $0.learningRate = 3e-3
      $0.l2 = 1e-4
      $0.contrastWeight = 0.02
      $0.patience = 15
    },
    BackboneEntry(MixGCF.self, "MixGCF", .direct, reads: graph + [.candidateNegatives]) {
      $0.learningRate = 5e-3
      $0.l2 = 1e-4
      $0.layers = 3
      $0.candidateNegatives = 16
      $0.patience = 15
    },

    BackboneEntry(
      SASRec.self, "SASRec", .sequential, reads: sequence + [.sequenceLoss, .negatives],
      rules: sharedByHeads
    ) {
      $0.learningRate = 2e-3
      $0.batchSize = 64
      $0.dropout = 0.2
      $0.sequenceLoss = .softmax
      $0.patience = 5
    },
    BackboneEntry(
      BERT4Rec.self, "BERT4Rec", .sequential, reads: sequence + [.maskRate], rules: sharedByHeads
    ) {
      $0.learningRate = 2e-3
      $0.batchSize = 64
      $0.dropout = 0.2
      $0.maskRate = 0.2
      $0.patience = 15
    },
    BackboneEntry(
      CL4SRec.self, "CL4SRec", .sequential,
      reads: sequence + [.sequenceLoss, .negatives, .maskRate, .contrastWeight, .temperature],
      rules: sharedByHeads
    ) {
      $0.learningRate = 2e-3
      $0.batchSize = 64
      $0.dropout = 0.3
      $0.sequenceLoss = .softmax
      $0.patience = 5
      $0.contrastWeight = 0.01
      $0.temperature = 1
    },

    BackboneEntry(FieldModel<DeepFM>.self, "DeepFM", .rating, reads: fields + [.hiddenUnits]) {
      $0.setFieldDefaults(hiddenUnits: [256, 128])
    },
    BackboneEntry(FieldModel<NFM>.self, "NFM", .rating, reads: fields + [.hiddenUnits]) {
      $0.setFieldDefaults(hiddenUnits: [128, 128])
    },
    BackboneEntry(
      FieldModel<DCN>.self, "DCN", .rating, reads: fields + [.hiddenUnits, .crossLayers]
    ) {
      $0.setFieldDefaults(hiddenUnits: [128, 128])
    },
    BackboneEntry(
      FieldModel<AutoInt>.self, "AutoInt", .rating,
      reads: fields + [.hiddenUnits, .blocks, .heads],
      rules: sharedByHeads
    ) {
      $0.setFieldDefaults(hiddenUnits: [256, 128])
      $0.blocks = 3
      $0.heads = 2
    },
    BackboneEntry(FieldModel<AFM>.self, "AFM", .rating, reads: fields + [.attentionUnits]) {
      $0.setFieldDefaults(hiddenUnits: [])
    },
    BackboneEntry(
      FieldModel<XDeepFM>.self, "xDeepFM", .rating,
      reads: fields + [.hiddenUnits, .interactionUnits], rules: [.evenButLast(.interactionUnits)]
    ) {
      $0.setFieldDefaults(hiddenUnits: [256, 256])
    },

    BackboneEntry(Popularity.self, "Popularity", .direct, isBaseline: true, reads: []) { _ in },
    BackboneEntry(
      ItemKNN.self, "Item-kNN", .direct, isBaseline: true, reads: [.penalties, .neighbours]
    ) {
      $0.penalties = [1, 10, 30, 100, 300]
    },
    BackboneEntry(
      ALS.self, "ALS", .direct, isBaseline: true,
      reads: [.penalties, .confidence, .embeddingDimension, .initialDeviation, .epochs]
    ) {
      $0.initialDeviation = 0.01
      $0.epochs = 15
      $0.penalties = [3, 10, 30]
    },
    BackboneEntry(
      EASE.self, "EASE", .direct, isBaseline: true, reads: [.penalties, .frequentItems]
    ) {
      $0.penalties = [10, 30, 100, 300, 1000]
    },
    BackboneEntry(
      BiasModel.self, "User + item bias", .rating, isBaseline: true, reads: [.penalties]
    ) {
      $0.penalties = [1, 2, 5, 10, 20]
    },
  ]

  /// What `GradientDescent` and embeddings take.
  private static let descent: [Hyperparameter] = [
    .embeddingDimension, .learningRate, .batchSize, .epochs, .patience, .validationInterval,
  ]
  /// `GraphBackbone`.
  private static let graph = descent + [.l2, .initialDeviation, .negatives, .layers]
  /// `SequenceBackbone` and its network.
  private static let sequence =
    descent + [
      .dropout, .maximumLength, .sequenceWindows, .blocks, .heads, .fullSoftmaxItems, .sampledItems,
    ]
  /// `FieldModel`.
  private static let fields = descent + [.l2, .initialDeviation, .dropout]
  /// Heads share the width of the embeddings.
  private static let sharedByHeads: [HyperparameterRule] = [.divides(.heads, .embeddingDimension)]
}

extension BackboneConfiguration {
  /// What the models on field embeddings have in common.
  fileprivate mutating func setFieldDefaults(hiddenUnits: [Int]) {
    embeddingDimension = 8
    batchSize = 256
    self.hiddenUnits = hiddenUnits
    l2 = 1e-5
    initialDeviation = 0.01
    patience = 3
  }
}
