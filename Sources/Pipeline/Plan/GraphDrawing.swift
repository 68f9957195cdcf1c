/// Draws the stages of a configuration and what flows between them.
public enum GraphDrawing: String, Sendable, CaseIterable {
  case mermaid
  case dot

  /// The drawing as text, stages in the order of the file.
  public func draw(_ configuration: Configuration) -> String {
    switch self {
    case .mermaid:
      let nodes = nodes(configuration, delivery: "subgraph delivery", end: "end") { stage in
        "\(stage.name)[\"\(stage.name)\(repetition(stage, separator: "<br/>"))\"]"
      }
      let arrows = edges(configuration).map { "  \($0.from) -->|\($0.label)| \($0.to)" }
      return (["flowchart LR"] + nodes + arrows).joined(separator: "\n")
    case .dot:
      let cluster = "subgraph cluster_delivery { label=delivery;"
      let nodes = nodes(configuration, delivery: cluster, end: "}") { stage in
        "\"\(stage.name)\" [label=\"\(stage.name)\(repetition(stage, separator: "\\n"))\"];"
      }
      let arrows = edges(configuration).map {
        "  \"\($0.from)\" -> \"\($0.to)\" [label=\"\($0.label)\"];"
      }
      let head = ["digraph pipeline {", "  rankdir=LR;", "  node [shape=box];"]
      return (head + nodes + arrows + ["}"]).joined(separator: "\n")
    }
  }

  /// A line for each stage, those of the delivery between two lines of their own.
  private func nodes(
    _ configuration: Configuration, delivery: String, end: String,
    _ draw: (StageSpecification) -> String
  ) -> [String] {
    func lines(_ part: ProfilePart, indent: String) -> [String] {
      configuration.stages.filter { $0.part == part }.map { indent + draw($0) }
    }
    let inner = lines(.delivery, indent: "    ")
    return lines(.evaluation, indent: "  ")
      + (inner.isEmpty ? [] : ["  \(delivery)"] + inner + ["  \(end)"])
  }

  private func repetition(_ stage: StageSpecification, separator: String) -> String {
    stage.each.isEmpty ? "" : "\(separator)each \(stage.each.joined(separator: " x "))"
  }

  /// One arrow for each pair of stages, labelled with all outputs that flow along it.
  private func edges(
    _ configuration: Configuration
  ) -> [(from: String, to: String, label: String)] {
    var edges: [(from: String, to: String, label: String)] = []
    for stage in configuration.stages {
      for upstream in configuration.stages {
        var names: [String] = []
        for source in stage.inputs.flatMap(\.sources)
        where source.owner == upstream.name && !names.contains(source.name) {
          names.append(source.name)
        }
        if !names.isEmpty {
          edges.append((upstream.name, stage.name, names.joined(separator: ", ")))
        }
      }
    }
    return edges
  }
}
