import Foundation

/// Numbers for people.
public enum Format {
  /// `0.4 s`, `12 s`, `3:07`, `1:02:03`.
  public static func duration(_ seconds: Double) -> String {
    if seconds < 9.95 { return decimal(seconds, 1) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60):\(padded(whole % 60))" }
    return "\(whole / 3600):\(padded(whole / 60 % 60)):\(padded(whole % 60))"
  }

  /// `912 B`, `1.5 KiB`, `23.0 MiB`.
  public static func bytes(_ count: Int) -> String {
    var value = Double(count)
    var unit = "B"
    for larger in ["KiB", "MiB", "GiB", "TiB"] where value >= 1024 {
      value /= 1024
      unit = larger
    }
    return unit == "B" ? "\(count) B" : "\(decimal(value, 1)) \(unit)"
  }

  /// A number with a fixed count of decimals.
  public static func decimal(_ value: Double, _ places: Int) -> String {
    String(format: "%.\(places)f", value)
  }

  private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
