import Glibc

/// Bytes that this process could still take: the least of what the machine has available, what its control group
/// allows, and what its own limit of address space leaves.
///
/// Swap does not count: what lives there is not computed with. Where the system tells none of it, all of the
/// address space.
public func availableMemory() -> Int {
  let bounds = [
    kilobytes("MemAvailable", in: "/proc/meminfo"), controlGroupMemory(), addressSpace(),
  ]
  return bounds.compactMap { $0 }.min() ?? Int.max
}

/// A line such as `MemAvailable:   123 kB`, in bytes.
private func kilobytes(_ name: String, in path: String) -> Int? {
  text(path)?.split(separator: "\n").first { $0.hasPrefix("\(name):") }?
    .split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
}

/// What the second version of control groups leaves this process; nil without a limit.
private func controlGroupMemory() -> Int? {
  let group =
    text("/proc/self/cgroup")?.split(separator: "\n").first { $0.hasPrefix("0::") }
    .map { "/sys/fs/cgroup\($0.dropFirst(3))" } ?? "/sys/fs/cgroup"
  func number(_ file: String) -> Int? {
    text("\(group)/\(file)").flatMap { Int($0.split(separator: "\n").first ?? "") }
  }
  guard let limit = number("memory.max") else { return nil }
  return max(0, limit - (number("memory.current") ?? 0))
}

/// What `ulimit -v` leaves; nil without a limit.
private func addressSpace() -> Int? {
  var limit = rlimit()
  guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
    limit.rlim_cur < UInt64(Int.max)
  else { return nil }
  return max(0, Int(limit.rlim_cur) - (kilobytes("VmSize", in: "/proc/self/status") ?? 0))
}

private func text(_ path: String) -> String? {
  (try? Files.readStored(path, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
}
