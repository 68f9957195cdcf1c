import Foundations
import Glibc

/// What the system says of a process: some fields of `/proc/PID/stat`.
struct ProcessStatus {
  let process: pid_t
  let group: pid_t
  /// When it started, in ticks since the machine did; with the number it names one process for good.
  let startTicks: UInt64
  let residentBytes: Int

  /// The status of a process that lives; nil for one that has ended, waited for or not.
  init?(_ process: pid_t) {
    guard let bytes = try? Files.readStored("/proc/\(process)/stat") else { return nil }
    // The second field is the name in brackets and can hold anything.
    guard let nameEnd = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = String(decoding: bytes[nameEnd...], as: UTF8.self).split(separator: " ")
      .dropFirst()
      .map(String.init)
    guard fields.count > 21, fields[0] != "Z", let group = pid_t(fields[2]),
      let ticks = UInt64(fields[19]), let pages = Int(fields[21])
    else { return nil }
    self.process = process
    self.group = group
    startTicks = ticks
    residentBytes = pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// The status of the process that a job is, if it still lives.
  init?(of job: JobID) {
    let parts = job.text.split(separator: ":")
    guard parts.count == 2, let process = pid_t(parts[0]), let status = ProcessStatus(process),
      "\(status.startTicks)" == parts[1]
    else { return nil }
    self = status
  }

  /// The process as a job.
  var job: JobID { JobID("\(process):\(startTicks)") }

  /// The bytes of memory that all processes of a group hold.
  static func memory(ofGroup group: pid_t) -> Int {
    guard let folder = opendir("/proc") else { return 0 }
    defer { closedir(folder) }
    var bytes = 0
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard let process = pid_t(name), let status = ProcessStatus(process), status.group == group
      else { continue }
      bytes += status.residentBytes
    }
    return bytes
  }
}
