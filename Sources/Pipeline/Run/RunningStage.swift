/// A stage that runs, and the moments at which something is due. Moments are the clock's seconds.
struct RunningStage {
  let run: StageRun
  /// Nil from the failure to start it until the run has heard of that.
  var job: JobID?
  /// When it is killed, once it was asked to end.
  var killMoment: Double?

  /// The next moment at which something is due.
  var nextMoment: Double? { killMoment }
}
