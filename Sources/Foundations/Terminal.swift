import Glibc

/// The standard streams of the process.
public enum Terminal {
  /// A standard stream.
  public enum Stream: Sendable {
    case output
    case error

    var descriptor: Int32 { self == .output ? STDOUT_FILENO : STDERR_FILENO }
    var name: String { self == .output ? "standard output" : "standard error" }
  }

  /// Writes text as it is.
  ///
  /// Throws `FileError` when the stream takes no more, as a full disk or a closed pipe does.
  public static func write(_ text: String, to stream: Stream = .output) throws(FileError) {
    try write(Array(text.utf8), to: stream)
  }

  /// Writes bytes as they are.
  ///
  /// Throws `FileError`.
  public static func write(_ bytes: [UInt8], to stream: Stream = .output) throws(FileError) {
    let written = bytes.withUnsafeBytes { bytes in
      Result { () throws(FileError) in
        try Files.writeAll(bytes, to: stream.descriptor, path: stream.name)
      }
    }
    try written.get()
  }

  /// The columns of the terminal that standard output is; nil when it is none.
  public static var columns: Int? {
    guard isatty(STDOUT_FILENO) == 1 else { return nil }
    var size = winsize()
    let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return isKnown ? Int(size.ws_col) : 80
  }
}
