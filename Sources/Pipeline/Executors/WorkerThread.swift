import Glibc

/// A thread whose failure to start is an error.
///
/// Foundation's threads and Dispatch's queues do not tell when the system gives them no thread: work that
/// was handed to them then never begins, and whoever waits for it waits for ever.
enum WorkerThread {
  /// No thread could be had.
  struct StartError: Error {
    var code: Int32

    /// What was in the way, and what to do about it.
    var reason: String {
      "the system gives no thread for it (\(String(cString: strerror(code)))); give the run more memory "
        + "or processes (ulimit -v, ulimit -u), or fewer --jobs"
    }
  }

  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Address space for the stack; a result is hashed and stored on such a thread.
  private static let stackBytes = 2 << 20

  /// Runs a body on a thread of its own.
  static func start(_ body: @escaping @Sendable () -> Void) throws(StartError) {
    let box = Unmanaged.passRetained(Body(body))
    let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
    defer { attributes.deallocate() }
    pthread_attr_init(attributes)
    defer { pthread_attr_destroy(attributes) }
    pthread_attr_setstacksize(attributes, stackBytes)
    pthread_attr_setdetachstate(attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread: pthread_t = 0
    let code = pthread_create(
      &thread, attributes,
      { box in
        if let box { Unmanaged<Body>.fromOpaque(box).takeRetainedValue().run() }
        return nil
      }, box.toOpaque())
    guard code == 0 else {
      box.release()
      throw StartError(code: code)
    }
  }
}
