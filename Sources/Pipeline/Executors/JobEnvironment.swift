import Foundation

/// The environment variables that stages see.
///
/// Few pass, so that a stage computes the same from a terminal, from cron and on another machine. None is
/// part of the cache key.
public enum JobEnvironment {
  private static let names: Set<String> = [
    "HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "SSL_CERT_FILE", "SWIFT_BACKTRACE", "TMPDIR", "TZ",
    "USER", "http_proxy", "https_proxy", "no_proxy",
  ]
  /// `LLAMA4REC_` is for what a stage of one's own needs.
  private static let prefixes = ["LC_", "LLAMA4REC_", "OMP_", "OPENBLAS_"]

  /// The variables of this process that may pass.
  public static var inherited: [String: String] { passing(ProcessInfo.processInfo.environment) }

  /// The variables that may pass.
  package static func passing(_ variables: [String: String]) -> [String: String] {
    var passed = variables.filter { name, _ in
      names.contains(name) || prefixes.contains { name.hasPrefix($0) }
    }
    // A crash is told in one line; registers and stacks of an optimised build help nobody.
    passed["SWIFT_BACKTRACE"] = passed["SWIFT_BACKTRACE"] ?? "enable=no"
    // OpenBLAS would start as many threads as there are cores before a stage can say how many it wants, and
    // where there is no memory for them try for ever.
    passed["OPENBLAS_NUM_THREADS"] = "1"
    return passed
  }
}
