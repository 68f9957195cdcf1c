import Glibc
import StageProtocol

/// What the driver of a run learns from stages, signals and the clock.
enum RunEvent: Sendable {
  case started(Int, pid_t)
  case stage(Int, StageEvent)
  case ended(Int, Result<ActionRecord, StageRun.Failure>)
  case signal(Int32)
  case tick
}
