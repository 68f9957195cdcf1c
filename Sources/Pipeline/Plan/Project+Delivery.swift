import Evaluation
import Foundations
import StageProtocol

/// The delivery part of a profile: what is trained again on everything, for the cell that the evaluation chose.
extension Project {
  /// The last stage of the evaluation; its file says whose lists are delivered.
  public static let choosingStage = "deliver"
  /// The last stage of the delivery; it writes the lists.
  static let listingStage = "recommend"

  /// What the evaluation chose last.
  ///
  /// - Throws: `FileError` where it has chosen nothing, `DeliveryError`.
  func delivery() throws -> Delivery {
    try Delivery(
      contentsOf: store.linkPath(
        profile: profile, folder: Self.choosingStage, file: Publication.deliveryFile))
  }

  /// The project with both parts, the delivery for one cell only; the plan begins with the plan of the evaluation.
  ///
  /// Throws `ConfigurationError`, also where the cell predicts ratings, which make no lists.
  func delivering(_ delivery: Delivery) throws(ConfigurationError) -> Project {
    guard delivery.task != .rating else {
      throw ConfigurationError(
        store.linkPath(
          profile: profile, folder: Self.choosingStage, file: Publication.deliveryFile),
        found: "ratings by \(delivery.backbone), which make no lists",
        expected: "a backbone that ranks; add one, for example --set backbones=mf")
    }
    return try planned(.both(cell: delivery.cell))
  }

  /// Rejects a pipeline without the stages that choose whose lists are delivered and write them.
  ///
  /// Throws `ConfigurationError`.
  public func checkDelivery() throws(ConfigurationError) {
    for (name, part, file) in [
      (Self.choosingStage, ProfilePart.evaluation, Publication.deliveryFile),
      (Self.listingStage, .delivery, Publication.listsFile),
    ] {
      let stage = configuration.stage(name)
      let outputs = stage.flatMap { descriptions[$0.executable]?.outputs } ?? []
      guard let stage, stage.part == part, outputs.contains(where: { $0.file == file }) else {
        throw ConfigurationError(
          stage?.place ?? configuration.file, key: "stages",
          found: "no stage \(name) of the part \(part.rawValue) that writes \(file)",
          expected: "one, because recommendations need it")
      }
    }
  }

  /// The project with both parts: the delivery for the cell that was chosen last, or for the first one of the run
  /// where none of its cells was.
  ///
  /// Throws `ConfigurationError`.
  public func withDelivery() throws(ConfigurationError) -> Project {
    try planned(.both(cell: lastCell ?? firstCell))
  }

  /// Whether the evaluation has chosen a cell among those of the run.
  public var hasChosen: Bool { lastCell != nil }

  private var lastCell: [String: String]? {
    guard let cell = try? delivery().cell else { return nil }
    let isInRun = selection.axes.allSatisfy { axis in
      cell[axis.variable].map(axis.values.contains) ?? true
    }
    return isInRun ? cell : nil
  }

  private var firstCell: [String: String] {
    var cell: [String: String] = [:]
    for axis in selection.axes where Delivery.variables.contains(axis.variable) {
      cell[axis.variable] = axis.values.first
    }
    return cell
  }

  /// The project with the delivery too, if it ever ran or one of the names stands for a stage of it.
  ///
  /// - Parameter names: Stages or instances.
  /// - Returns: The project as it is, or with both parts.
  /// - Throws: `ConfigurationError`.
  public func withDeliveryIfConcerned(_ names: [String] = []) throws(ConfigurationError) -> Project
  {
    let delivery = Set(configuration.stages.filter { $0.part == .delivery }.map(\.name))
    let concerned = names + store.journal(profile).entries.keys
    let isConcerned = concerned.contains { name in
      delivery.contains(String(name.prefix { $0 != "[" }))
    }
    return isConcerned && !isLimited ? try withDelivery() : self
  }
}

extension Delivery {
  /// The variables of the axes that a cell is one value each of.
  static let variables = ["backbone", "seed"]

  /// The cell as values of the axes' variables.
  var cell: [String: String] { ["backbone": backbone, "seed": "\(seed)"] }
}
