import Foundations
package import StageProtocol

/// The texts of live progress.
package enum ProgressLine {
  /// `  train-backbone[mf,1]  ██████░░░░  60%  0:12 left  NDCG@10 0.0612`, cut to the width.
  package static func stage(
    _ name: String, _ progress: StageEvent.Progress?, seconds: Double, width: Int
  ) -> String {
    guard let progress, progress.total > 0 else {
      return String("  \(name)  \(Format.duration(seconds))".prefix(width - 1))
    }
    let cells = 10
    let full = Int(progress.fraction * Double(cells))
    let bar =
      String(repeating: "█", count: full) + String(repeating: "░", count: cells - full)
    var text = "  \(name)  \(bar) \(Int(progress.fraction * 100))%"
    if let left = progress.secondsLeft(after: seconds) {
      text += "  \(Format.duration(left)) left"
    }
    if !progress.message.isEmpty { text += "  \(progress.message)" }
    return String(text.prefix(width - 1))
  }

  /// `12/57 done, 2 running, 0:45`.
  package static func total(done: Int, total: Int, running: Int, seconds: Double) -> String {
    "\(done)/\(total) done, \(running) running, \(Format.duration(seconds))"
  }
}
