public import Foundations

/// Whose lists are delivered, and how they are blended: what validation chose among a profile's cells.
///
/// The stage `deliver` writes it as JSON; the runner reads which cell to train on everything, `recommend` how to
/// blend.
public struct Delivery: Codable, Sendable, Equatable {
  public var task: RecommendationTask
  public var backbone: String
  /// The seed whose models are trained again on everything.
  public var seed: Int
  /// The validation metric that decided, and its value for this cell.
  public var metric: Metric
  public var validation: Double
  /// What validation chose for the blend: `mode`, `candidates`, `blend`, `alpha1`, `alpha2`.
  public var choices: [String: String]

  public init(
    task: RecommendationTask, backbone: String, seed: Int, metric: Metric, validation: Double,
    choices: [String: String]
  ) {
    self.task = task
    self.backbone = backbone
    self.seed = seed
    self.metric = metric
    self.validation = validation
    self.choices = choices
  }

  /// Reads the file that `deliver` wrote.
  ///
  /// - Parameter path: `delivery.json`.
  /// - Throws: `FileError`, or `DeliveryError` where it is not what the stage writes.
  public init(contentsOf path: String) throws {
    do {
      self = try Records.decode(Delivery.self, from: Files.readStored(path))
    } catch let error as FileError {
      throw error
    } catch {
      throw DeliveryError(path: path)
    }
  }
}

/// A file that does not say whose lists are delivered.
public struct DeliveryError: DataError, Equatable, CustomStringConvertible {
  public let path: String
  public var isDataError: Bool { true }
  public var description: String {
    "\(path): found no cell, expected the JSON that the stage deliver writes; run it again"
  }
}
