import Foundation

/// The machine that a result was computed on.
enum Machine {
  /// Host name and processor.
  static let name: String = {
    let information = FileManager.default.contents(atPath: "/proc/cpuinfo") ?? Data()
    let model = String(decoding: information, as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix("model name") }?
      .split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
    return ProcessInfo.processInfo.hostName + (model.map { ", \($0)" } ?? "")
  }()
}
