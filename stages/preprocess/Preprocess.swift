import Artifacts
import Datasets
import StageKit
import StageProtocol

@main struct Preprocess: Stage {
  static let description = StageDescription(
    name: "preprocess",
    summary: "Reads a data set, holds out each user's last two interactions, and encodes features.",
    inputs: [
      .init(
        "interactions",
        "ratings file of the format, plain or .zst; of csv perhaps several in order",
        optional: true, many: true),
      .init("items", "items file of the format, plain or .zst", optional: true),
      .init("users", "users file of the format, plain or .zst", optional: true),
    ],
    outputs: [
      .init("catalogue", schema: "catalogue", "items with titles and attributes"),
      .init("users", schema: "users", "users with attributes"),
      .init("train", schema: "interactions", "training interactions, each user's in time order"),
      .init("validation", schema: "validation", "the last but one interaction of each user"),
      .init(
        "folds", schema: "folds",
        "each user's last training interactions, which the instruction set asks about"),
      .init("test", schema: "test", "the last interaction; read by aggregate and report only"),
      .init("idle-users", schema: "idle-users", "users of the input without an interaction"),
      .init(
        "rating-questions", schema: "questions",
        "which item's rating is asked at test, without the rating"),
      .init("features", schema: "features", "encoded fields of users and items"),
    ],
    parameters: [
      .choice("format", default: DatasetFormat.demo, "layout of the input files"),
      .string("name", default: nil, "the data set's name in results; null takes the format's"),
      .choice("positives", default: Positives.all, "which interactions count"),
      .number(
        "likeThreshold", default: nil, "lowest rating that is a like; null takes the format's"),
      .integer(
        "core", default: nil, "k-core to keep, 0 for none; null takes the format's", minimum: 0),
      .number(
        "maximumBadShare", default: 0.001, "share of bad lines above which a file is refused",
        minimum: 0, maximum: 1),
      .integer(
        "foldPositions", default: 3,
        "training interactions a user that the instruction set asks about, at most", minimum: 0),
      .boolean(
        "holdOut", default: true,
        "whether validation and test items are held out; false trains on everything, to deliver lists"
      ),
      .integer(
        "seed", default: 1, "random order of data without times; the draw of demo and shop",
        minimum: 0),
      .integer("demoUsers", default: 300, "demo and shop: users", minimum: 10, maximum: 10_000_000),
      .integer(
        "demoItems", default: 240, "demo and shop: items", minimum: 10,
        maximum: 10_000_000),
      .integer(
        "demoInteractions", default: 10_000, "demo and shop: interactions, about", minimum: 100),
      .number(
        "demoUntitled", default: 0.8, "shop: share of items without title and attributes",
        minimum: 0, maximum: 1),
    ])

  static func run(_ context: StageContext) throws {
    let parameters = context.parameters
    let format: DatasetFormat = parameters.choice("format")
    let name = parameters.optionalString("name") ?? format.rawValue
    let seed = UInt64(parameters.integer("seed"))

    let raw = try read(format, seed: seed, context)
    let holdsOut = parameters.boolean("holdOut")
    let split = leaveOneOut(
      raw, positives: parameters.choice("positives"), seed: seed,
      minimumInteractions: holdsOut ? 3 : .max)
    guard split.train.userCount > 0 else {
      throw StageFailure(
        "no interaction is left after positives=\(parameters.string("positives")); "
          + "lower likeThreshold or take positives=all", exitCode: .badData)
    }
    context.log(
      "\(name): \(split.users.count) users, \(split.catalogue.count) items, "
        + "\(split.train.items.count) training interactions, \(split.test.count) test users",
      level: .notice)
    guard split.test.count > 0 || !holdsOut else {
      throw StageFailure(
        "\(name): found no user with three interactions, expected at least one: the last is the test "
          + "item, the one before it the validation item, the rest is trained on; give more data"
          + (parameters.string("positives") == Positives.all.rawValue ? "" : " or positives=all"),
        exitCode: .badData)
    }

    let facts = [
      "data": split.digest, Schema.userCount: "\(split.users.count)",
      Schema.itemCount: "\(split.catalogue.count)",
    ]
    func write(_ artifact: Artifact, to output: String) throws {
      var artifact = artifact
      artifact.metadata.merge(facts) { _, fact in fact }
      try context.write(artifact, to: output)
    }
    try write(split.catalogue.artifact(schema: "catalogue"), to: "catalogue")
    try write(split.users.artifact(schema: "users"), to: "users")
    try write(IdleUsers(of: raw, besides: split.users).artifact(), to: "idle-users")
    var train = split.train.artifact()
    train.metadata["dataset"] = name
    try write(train, to: "train")
    try write(
      FoldPositions(of: split.train, limit: parameters.integer("foldPositions")).artifact(),
      to: "folds")
    let stopping = partValidationUsers(userCount: split.users.count, seed: seed).stopping
    try write(
      ValidationTargets(targets: split.validation, stopping: stopping).artifact(), to: "validation")
    try write(split.test.testArtifact(), to: "test")
    try write(RatingQuestions(split.test).artifact(), to: "rating-questions")
    try write(
      FeatureTable(users: split.users, items: split.catalogue, train: split.train).artifact(),
      to: "features")
  }

  private static func read(
    _ format: DatasetFormat, seed: UInt64, _ context: StageContext
  ) throws -> RawData {
    let parameters = context.parameters
    let users = parameters.integer("demoUsers")
    let items = parameters.integer("demoItems")
    let interactions = parameters.integer("demoInteractions")
    let least = format == .demo ? 5 : 3
    if format == .demo || format == .shop,
      interactions < least * users || interactions > items / 2 * users
    {
      throw StageFailure(
        "demoInteractions: found \(interactions), expected \(least) to half of demoItems for each of "
          + "\(users) users: \(least * users) to \(items / 2 * users)", exitCode: .usage)
    }
    switch format {
    case .demo:
      return generateDemo(
        DemoOptions(users: users, items: items, interactions: interactions, seed: seed))
    case .shop:
      return generateShop(
        ShopOptions(
          users: users, items: items, interactions: interactions,
          untitled: parameters.number("demoUntitled"), seed: seed))
    case .movielens100k, .movielens1m, .bookCrossing, .csv: break
    }
    var files: [String: String] = [:]
    for role in ["interactions", "items", "users"] {
      files[role] = context.paths(ofInput: role).first
    }
    let (raw, report) = try readDataset(
      format: format, files: files,
      later: Array(context.paths(ofInput: "interactions").dropFirst()),
      options: ReadOptions(
        maximumBadShare: parameters.number("maximumBadShare"),
        likeThreshold: parameters.optionalNumber("likeThreshold").map { Float($0) },
        core: parameters.optionalInteger("core")))
    for line in report.description.split(separator: "\n") {
      context.log(String(line), level: .notice)
    }
    return raw
  }
}
