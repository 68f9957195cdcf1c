/// An error that may lie in the data a stage was given; every library's input errors conform.
public protocol DataError: Error {
  /// True when the data is at fault (exit 65), false when the request is (exit 2).
  var isDataError: Bool { get }
}
