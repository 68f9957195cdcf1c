public import Datasets
internal import Foundations

/// The memory that training and predicting will take, said before it is taken.
public struct MemoryForecast: Sendable, Equatable {
  /// The model.
  public let backbone: BackboneName
  /// Bytes that the process will hold at most, within some tens of percent.
  public let bytes: Int
  /// Items of the catalogue.
  public let items: Int
  /// What would fit less memory, as a setting of the stage and its bytes: a smaller value of what makes it large.
  private let smaller: [(setting: String, bytes: Int)]

  /// Forecasts from shapes alone.
  ///
  /// - Parameters:
  ///   - backbone: The model.
  ///   - data: What it is to learn from.
  ///   - configuration: Its hyperparameters.
  ///   - candidates: Length of the candidate lists.
  ///   - folds: Train interactions that are predicted out of fold; nil for none.
  public init(
    _ backbone: BackboneName, on data: TrainingData, configuration: BackboneConfiguration,
    candidates: Int, folds: FoldPositions? = nil
  ) {
    let heldOut = folds?.count(of: data.train) ?? 0
    let lists = (3 * data.train.userCount + heldOut) * candidates * 8
    let histories = data.train.items.count * 24 * (heldOut > 0 ? 3 : 2)
    // Lists are copied once into the artifact, and compressed.
    let common = Self.process + 3 * lists + histories
    func bytes(_ configuration: BackboneConfiguration) -> Int {
      common + backbone.entry.model.memory(on: data, configuration)
    }
    self.backbone = backbone
    self.bytes = bytes(configuration)
    items = data.train.itemCount
    smaller = [Hyperparameter.frequentItems, .embeddingDimension, .batchSize, .neighbours]
      .filter { parameter in backbone.hyperparameters.contains { $0.name == parameter.name } }
      .flatMap { parameter -> [(setting: String, bytes: Int)] in
        guard case .integer(let value) = parameter.value(in: configuration) else { return [] }
        return (1...12).map { value >> $0 }.filter { $0 > 0 }.map { value in
          var less = configuration
          parameter.set(.integer(value), in: &less)
          return ("\(parameter.name)=\(value)", bytes(less))
        }
      }
  }

  /// The program itself with its libraries and their work space.
  private static let process = 150 << 20

  /// Whether it is no more than a budget in bytes.
  public func fits(_ budget: Int) -> Bool { bytes <= budget }

  /// Why it does not fit a budget and what would, such as "EASE needs 36.1 GiB for 54,542 items and has 6.0 GiB: …".
  public func refusal(budget: Int) -> String {
    let setting = smaller.first { $0.bytes <= budget }
    let remedy = setting.map { "\($0.setting) would take \(Format.bytes($0.bytes))" }
    return "\(backbone.label) needs \(Format.bytes(bytes)) for \(items) items and may take "
      + "\(Format.bytes(budget)); \(remedy.map { $0 + ", or" } ?? "no setting of it is small enough:") "
      + "give it more memory (resources.memory, --memory)"
  }

  public static func == (one: Self, other: Self) -> Bool {
    one.backbone == other.backbone && one.bytes == other.bytes && one.items == other.items
  }
}
