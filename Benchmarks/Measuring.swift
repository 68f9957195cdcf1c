import Foundation
import Tensors

#if canImport(Glibc)
import Glibc
#endif

func wallSeconds() -> Double { ProcessInfo.processInfo.systemUptime }

/// CPU time of this process, all threads together: other work on the machine hardly changes it.
struct CPUTime {
  /// Seconds in user mode.
  var user: Double
  /// Seconds in the kernel, mostly to get memory.
  var system: Double

  static var now: CPUTime {
    var usage = rusage()
    #if canImport(Glibc)
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    #else
    getrusage(RUSAGE_SELF, &usage)
    #endif
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return CPUTime(user: seconds(usage.ru_utime), system: seconds(usage.ru_stime))
  }

  static func - (a: CPUTime, b: CPUTime) -> CPUTime {
    CPUTime(user: a.user - b.user, system: a.system - b.system)
  }
}

/// The most memory that was resident so far, in MiB.
func peakMemory() -> Double {
  #if os(Linux)
  // Not `ru_maxrss`: a new process inherits that of the one that started it.
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
  let kibibytes = line.flatMap { Double($0.filter(\.isNumber)) }
  return (kibibytes ?? 0) / 1024
  #else
  var usage = rusage()
  getrusage(RUSAGE_SELF, &usage)
  return Double(usage.ru_maxrss) / 1_048_576
  #endif
}

/// The middle value, or the mean of the two in the middle; 0 of none.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  let count = sorted.count
  return count == 0 ? 0 : (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
}

/// Tells a human how far a long measurement has come.
func progress(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

/// Prints repeated measurements of one quantity as a JSON object on a line of its own.
func report(_ name: String, unit: String, threads: Int = 1, _ values: [Double]) {
  let sorted = values.sorted()
  func text(_ value: Double) -> String { String(format: "%.6g", value) }
  print(
    #"{"name":"\#(name)","unit":"\#(unit)","median":\#(text(median(values))),"#
      + #""minimum":\#(text(sorted[0])),"maximum":\#(text(sorted[sorted.count - 1])),"#
      + #""repetitions":\#(values.count),"threads":\#(threads),"blas":"\#(BLAS.identity)"}"#)
}
