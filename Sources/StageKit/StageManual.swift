internal import Foundations
internal import StageProtocol

extension StageDescription {
  /// The part of `--help` that is this stage's own.
  var manual: String {
    var lines: [String] = []
    func section(_ title: String, _ rows: [(name: String, text: String)]) {
      guard !rows.isEmpty else { return }
      let width = rows.map(\.name.count).max() ?? 0
      lines += ["", title]
      for row in rows {
        let margin = String(repeating: " ", count: width + 4)
        let text = wrapped(row.text, columns: 79 - margin.count)
        lines.append("  " + row.name + margin.dropFirst(row.name.count + 2) + text[0])
        lines += text.dropFirst().map { margin + $0 }
      }
    }
    section("INPUTS (--input name=path)", inputs.map { ($0.name, $0.help) })
    section("OUTPUTS (--output name=path)", outputs.map { ($0.name, $0.help) })
    section("PARAMETERS (--parameters with one JSON object)", parameters.map { ($0.name, $0.help) })
    if let variants {
      section(
        "READ BY EACH \(variants.parameter.uppercased()), WITH ITS DEFAULTS",
        variants.values.sorted { $0.key < $1.key }.map { name, reads in
          let facts = reads.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.shortText)" }
          return (name, facts.isEmpty ? "none" : facts.joined(separator: ", "))
        })
    }
    section(
      "EXIT CODES",
      [
        ("0", "done"), ("1", "failed"), ("2", "bad usage"), ("65", "bad input data"),
        ("75", "temporary: a language model's server is gone"),
        ("130, 143", "interrupted; the same command goes on from --scratch"),
      ])
    return lines.dropFirst().joined(separator: "\n")
  }
}

extension StageDescription.Input {
  fileprivate var help: String {
    let kind = schema.map { "artifact of schema \($0)" } ?? "file"
    return "\(summary) (\(kind)\(optional ? ", optional" : "")\(many ? ", may repeat" : ""))"
  }
}

extension StageDescription.Output {
  fileprivate var help: String {
    "\(summary) (\(schema.map { "artifact of schema \($0)" } ?? file))"
  }
}

/// The words of a text in lines of at most so many columns, as far as words are short enough.
private func wrapped(_ text: String, columns: Int) -> [String] {
  var lines = [""]
  for word in text.split(separator: " ") {
    let last = lines[lines.count - 1]
    if last.isEmpty {
      lines[lines.count - 1] = String(word)
    } else if last.count + 1 + word.count <= columns {
      lines[lines.count - 1] = "\(last) \(word)"
    } else {
      lines.append(String(word))
    }
  }
  return lines
}
