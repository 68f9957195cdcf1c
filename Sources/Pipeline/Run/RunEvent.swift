import StageProtocol

/// What a run learns of its stages.
enum RunEvent: Sendable {
  case started(Int)
  case stage(Int, StageEvent)
  case memory(Int, bytes: Int)
  case ended(Int, Result<ActionRecord, StageRun.Failure>)
}
