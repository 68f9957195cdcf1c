/// Reads a data set from its published files.
///
/// `files` maps roles (`interactions`, `items`, `users`) to paths, plain or one zstd-compressed
/// file each; `later` are further files of interactions, read after that one in this order (CSV).
/// The order of users and items is that of their files. Throws `DatasetError` when a
/// file is missing, empty, no text, lacks a column, or has more bad lines than the options allow.
public func readDataset(
  format: DatasetFormat, files: [String: String], later: [String] = [],
  options: ReadOptions = ReadOptions()
) throws -> (RawData, ReadReport) {
  for role in files.keys.sorted() where !["interactions", "items", "users"].contains(role) {
    throw DatasetError.unknownRole(role)
  }
  func path(_ role: String) throws -> String {
    guard let path = files[role] else {
      throw DatasetError.missingRole(format: format, role: role)
    }
    return path
  }
  for role in format.requiredRoles { _ = try path(role) }
  guard later.isEmpty || format == .csv else { throw DatasetError.severalFiles(format: format) }
  var assembly = Assembly(
    options: options, likeThreshold: options.likeThreshold ?? format.likeThreshold)
  switch format {
  case .movielens100k:
    try assembly.readMovieLens100K(
      ratings: path("interactions"), movies: path("items"), users: path("users"))
  case .movielens1m:
    try assembly.readMovieLens1M(
      ratings: path("interactions"), movies: path("items"), users: path("users"))
  case .bookCrossing:
    try assembly.readBookCrossing(
      ratings: path("interactions"), books: path("items"), users: path("users"))
  case .csv:
    try assembly.readCSV(
      interactions: [path("interactions")] + later, items: files["items"], users: files["users"])
  case .demo, .shop:
    throw DatasetError.generatedHasNoFiles(format)
  }
  var raw = assembly.rawData(findNumeric: format == .csv)
  guard raw.interactionCount > 0 else {
    throw DatasetError.noInteractions(reason: "none of \(try path("interactions")) could be used")
  }
  let core = options.core ?? format.core
  if core > 1 {
    raw = raw.core(core)
    guard raw.interactionCount > 0 else {
      throw DatasetError.noInteractions(
        reason: "no user and item have \(core) interactions each; lower the core")
    }
    assembly.report.notes.append(
      "\(core)-core: \(raw.users.count) users, \(raw.items.count) items, "
        + "\(raw.interactionCount) interactions")
  }
  return (raw, assembly.report)
}

extension Assembly {
  fileprivate func rawData(findNumeric: Bool) -> RawData {
    RawData(
      users: users.entities(titled: false, findNumeric: findNumeric),
      items: items.entities(titled: true, findNumeric: findNumeric),
      interactionUsers: interactionUsers, interactionItems: interactionItems, ratings: ratings,
      times: times, hasTimes: hasTimes, likeThreshold: likeThreshold)
  }
}
