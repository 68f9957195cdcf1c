import ArgumentParser

/// Speed and memory of what is built here; `peers/` has the same of others' libraries.
@main struct Benchmarks: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmarks", abstract: "Measures speed and memory; results go to stdout.",
    subcommands: [
      Overview.self, WriteSplit.self, MeasureBackbone.self, Ranking.self, Limits.self, Growth.self,
      BackboneTable.self, CheckpointSpeed.self, CheckpointWork.self,
    ],
    defaultSubcommand: Overview.self)
}
