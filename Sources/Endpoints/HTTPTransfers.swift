internal import CCurl
internal import Glibc

/// One request; with a body it is a POST of JSON.
struct HTTPRequest: Sendable, Equatable {
  var url: String
  var body: String?
  /// Sent as `Authorization: Bearer`; in no description and no error.
  var key: String?
  /// Seconds until the whole response must be there.
  var deadline: Double
}

/// How a transfer ended.
enum HTTPOutcome: Equatable {
  /// A whole response; `retryAfter` in seconds where the server names a time.
  case response(status: Int, body: [UInt8], retryAfter: Double?)
  /// None: refused, reset, cut off, too slow; says why.
  case broken(String)
}

/// Transfers that run side by side on the caller's thread, by libcurl, which reuses connections.
///
/// Certificates are verified; proxies are those of the environment.
final class HTTPTransfers {
  /// The largest response that is taken, in bytes.
  private static let largest = 16 << 20

  /// What one transfer has received so far.
  private final class Transfer {
    let id: Int
    let handle: UnsafeMutableRawPointer
    let headers: UnsafeMutablePointer<curl_slist>?
    var body: [UInt8] = []
    var retryAfter: Double?

    init(_ id: Int, _ handle: UnsafeMutableRawPointer, _ headers: UnsafeMutablePointer<curl_slist>?)
    {
      self.id = id
      self.handle = handle
      self.headers = headers
    }

    deinit {
      curl_slist_free_all(headers)
      curl_easy_cleanup(handle)
    }
  }

  private static let initialised: CURLcode = {
    // CURL_GLOBAL_DEFAULT, a macro that Swift does not see.
    curl_global_init(3)
  }()

  private let multi: UnsafeMutableRawPointer
  private var transfers: [UnsafeMutableRawPointer: Transfer] = [:]

  init() {
    _ = Self.initialised
    guard let multi = curl_multi_init() else { preconditionFailure("out of memory") }
    self.multi = multi
  }

  deinit {
    for handle in transfers.keys { curl_multi_remove_handle(multi, handle) }
    transfers = [:]
    curl_multi_cleanup(multi)
  }

  /// How many run.
  var count: Int { transfers.count }

  /// Begins a request.
  ///
  /// - Parameters:
  ///   - request: What to send.
  ///   - id: What `wait` calls it.
  func begin(_ request: HTTPRequest, id: Int) {
    guard let handle = curl_easy_init() else { preconditionFailure("out of memory") }
    var headers: UnsafeMutablePointer<curl_slist>?
    var lines = ["Accept: application/json", "Expect:"]
    if request.body != nil { lines.append("Content-Type: application/json") }
    if let key = request.key { lines.append("Authorization: Bearer \(key)") }
    for line in lines { headers = curl_slist_append(headers, line) }
    let transfer = Transfer(id, handle, headers)
    transfers[handle] = transfer

    _ = ccurl_set_text(handle, CURLOPT_URL, request.url)
    _ = ccurl_set_list(handle, CURLOPT_HTTPHEADER, headers)
    _ = ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
    _ = ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, Int(request.deadline * 1000))
    _ = ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Int(min(request.deadline, 10) * 1000))
    if let authorities = getenv("SSL_CERT_FILE") {
      _ = ccurl_set_text(handle, CURLOPT_CAINFO, authorities)
    }
    if let body = request.body {
      _ = ccurl_set_long(handle, CURLOPT_POSTFIELDSIZE, body.utf8.count)
      _ = ccurl_set_text(handle, CURLOPT_COPYPOSTFIELDS, body)
    }
    let own = Unmanaged.passUnretained(transfer).toOpaque()
    _ = ccurl_set_pointer(handle, CURLOPT_WRITEDATA, own)
    _ = ccurl_set_write(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, own in
      guard let bytes, let own else { return 0 }
      let transfer = Unmanaged<Transfer>.fromOpaque(own).takeUnretainedValue()
      guard transfer.body.count + size * count <= HTTPTransfers.largest else { return 0 }
      transfer.body.append(
        contentsOf: UnsafeRawBufferPointer(start: bytes, count: size * count))
      return size * count
    }
    _ = ccurl_set_pointer(handle, CURLOPT_HEADERDATA, own)
    _ = ccurl_set_write(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, own in
      guard let bytes, let own else { return 0 }
      let line = String(
        decoding: UnsafeRawBufferPointer(start: bytes, count: size * count), as: UTF8.self)
      if let seconds = HTTPTransfers.retryAfter(line) {
        Unmanaged<Transfer>.fromOpaque(own).takeUnretainedValue().retryAfter = seconds
      }
      return size * count
    }
    curl_multi_add_handle(multi, handle)
  }

  /// The seconds of a header `Retry-After`, which may also be a date; nil for other headers.
  static func retryAfter(_ line: String) -> Double? {
    let parts = line.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "retry-after" else { return nil }
    let value = String(parts[1].drop { $0 == " " }.prefix { !$0.isNewline })
    if let seconds = Double(value) { return seconds.isFinite ? max(0, seconds) : nil }
    let date = curl_getdate(value, nil)
    return date < 0 ? nil : max(0, Double(date - time(nil)))
  }

  /// Waits until something has happened.
  ///
  /// - Parameter seconds: The longest time.
  /// - Returns: What ended.
  func wait(atMost seconds: Double) -> [(id: Int, outcome: HTTPOutcome)] {
    var running: Int32 = 0
    curl_multi_perform(multi, &running)
    var ended = takeEnded()
    if ended.isEmpty {
      curl_multi_poll(multi, nil, 0, Int32(seconds * 1000), nil)
      curl_multi_perform(multi, &running)
      ended = takeEnded()
    }
    return ended
  }

  private func takeEnded() -> [(id: Int, outcome: HTTPOutcome)] {
    var ended: [(id: Int, outcome: HTTPOutcome)] = []
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
        let transfer = transfers.removeValue(forKey: handle)
      else { continue }
      let code = ccurl_result(message)
      var status = 0
      _ = ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
      ended.append(
        (
          transfer.id,
          code == CURLE_OK
            ? .response(status: status, body: transfer.body, retryAfter: transfer.retryAfter)
            : .broken(String(cString: curl_easy_strerror(code)))
        ))
      curl_multi_remove_handle(multi, handle)
    }
    return ended
  }
}
