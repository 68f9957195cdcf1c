import Dispatch
import Glibc

/// Turns SIGINT and SIGTERM into calls while it lives.
final class SignalWatch {
  private var sources: [any DispatchSourceSignal] = []

  init(_ handler: @escaping @Sendable (Int32) -> Void) {
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { handler(number) }
      source.resume()
      sources.append(source)
    }
  }

  deinit {
    for source in sources { source.cancel() }
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }
}
