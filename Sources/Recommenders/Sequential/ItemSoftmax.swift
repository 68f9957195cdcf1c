internal import Datasets
internal import Foundations
internal import Tensors

/// The softmax over items that sequential models minimise: over all of them, or over a sample that a step's
/// positions share where the catalogue is large.
///
/// Up to `fullSoftmaxItems` items it is over all, whose cost a position is that of ranking the catalogue. Beyond it
/// is over `sampledItems` items a step, drawn more often the more training interactions they have (`ClassSampler`), and
/// corrected for it: `Tape.softmaxCrossEntropy(_:table:targets:sample:)`.
enum ItemSoftmax {
  case full
  case sampled(ClassSampler, count: Int)

  init(_ configuration: BackboneConfiguration, train: Histories) {
    self =
      Self.isSampled(configuration, items: train.itemCount)
      ? .sampled(
        ClassSampler(frequencies: train.itemFrequencies()), count: configuration.sampledItems)
      : .full
  }

  /// Whether a catalogue of that size is sampled from.
  static func isSampled(_ configuration: BackboneConfiguration, items: Int) -> Bool {
    items > configuration.fullSoftmaxItems
  }

  /// How many items a position is compared with.
  static func classes(_ configuration: BackboneConfiguration, items: Int) -> Int {
    isSampled(configuration, items: items) ? configuration.sampledItems : items
  }

  /// The mean cross-entropy of targets after hidden states, N × D, 1 × 1.
  func loss(
    _ tape: Tape, _ hidden: Variable, table: Variable, targets: [Int32],
    using random: inout SeededRandom
  ) -> Variable {
    switch self {
    case .full: tape.softmaxCrossEntropy(hidden, table: table, targets: targets)
    case .sampled(let sampler, let count):
      tape.softmaxCrossEntropy(
        hidden, table: table, targets: targets, sample: sampler.draw(count, using: &random))
    }
  }
}
