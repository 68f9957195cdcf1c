import Artifacts
import Evaluation
import Foundations
import StageKit
import StageProtocol

@main struct Deliver: Stage {
  static let description = StageDescription(
    name: "deliver",
    summary: "Chooses by validation whose lists are delivered, and how they are blended.",
    inputs: [
      .init("metrics", schema: "user-metrics", "what aggregate measured and chose", many: true)
    ],
    outputs: [
      .init("delivery", file: "delivery.json", "the cell, and what validation chose for it")
    ],
    parameters: [
      .string(
        "backbone", default: nil,
        "the backbone to deliver; null takes what validation prefers among those that rank")
    ])

  static func run(_ context: StageContext) throws {
    let cells = try context.inputs("metrics").map { try Cell($0) }
    let wanted = context.parameters.optionalString("backbone")
    let named = cells.filter { wanted == nil || $0.backbone == wanted }
    guard !named.isEmpty else {
      let known = Set(cells.map(\.backbone)).sorted()
      throw StageFailure(
        "parameter backbone: found \(wanted ?? "null")\(Suggestion.after(wanted ?? "", known)), "
          + "expected one of the profile's: \(known.joined(separator: ", "))", exitCode: .usage)
    }
    // Ratings make no lists of their own where something ranks.
    let ranking = named.filter { $0.task != .rating }
    let eligible = ranking.isEmpty ? named : ranking
    guard let delivery = best(eligible) else {
      throw StageFailure(
        "no cell tells its validation metric; run aggregate again", exitCode: .badData)
    }
    context.log(
      "\(delivery.backbone) (\(delivery.task.rawValue)): \(delivery.metric.rawValue) "
        + "\(Format.decimal(delivery.validation, 4)) on validation", level: .notice)
    try Files.writeAtomically(
      Records.encode(delivery, pretty: true), to: context.outputPath("delivery"))
  }

  /// What one backbone and seed reached.
  private struct Cell {
    var task: RecommendationTask
    var backbone: String
    var seed: Int
    var validation: Double
    var choices: [String: String]

    init(_ artifact: Artifact) throws {
      let metrics = try UserMetrics(artifact: artifact)
      // The full system's choices stand under their bare names.
      choices = metrics.choices.filter { !$0.key.contains(" ") }
      guard let validation = choices["validation"].flatMap({ Double($0) }), validation.isFinite
      else {
        throw artifact.problem(metadata: "choices", expected: "the full system's validation metric")
      }
      task = metrics.task
      backbone = metrics.backbone
      seed = metrics.seed
      self.validation = validation
    }
  }

  /// The backbone with the best mean over its seeds, delivered with the first of them; of equals the first by name.
  private static func best(_ cells: [Cell]) -> Delivery? {
    var best: Delivery?
    for (_, seeds) in Dictionary(grouping: cells, by: \.backbone).sorted(by: { $0.key < $1.key }) {
      guard let first = seeds.min(by: { $0.seed < $1.seed }) else { continue }
      let metric = first.task.blendMetric
      let mean = seeds.reduce(0) { $0 + $1.validation } / Double(seeds.count)
      if let best, metric.higherIsBetter ? mean <= best.validation : mean >= best.validation {
        continue
      }
      best = Delivery(
        task: first.task, backbone: first.backbone, seed: first.seed, metric: metric,
        validation: mean, choices: first.choices)
    }
    return best
  }
}
