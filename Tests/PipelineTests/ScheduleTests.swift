import Foundation
import Pipeline
import Testing

@Suite struct ScheduleTests {
  /// The plan of the test pipeline: prepare, four trainings, report.
  private func plan() throws -> Plan {
    try PlanTests.plan(TestSpace.pipeline)
  }

  private func schedule(jobs: Int = 2, keepsGoing: Bool = false) throws -> Schedule {
    let plan = try plan()
    let costs = [Double](repeating: 1, count: plan.instances.count)
    return Schedule(plan, costs: costs, jobs: jobs, keepsGoing: keepsGoing)
  }

  @Test func `a stage is decided once all that it reads from is done`() throws {
    var schedule = try schedule()
    #expect(schedule.states.map { $0 == .undecided } == [true, false, false, false, false, false])
    schedule.decide(0, isCached: true)
    #expect(schedule.nextToDecide == 1)
    for index in 1...4 {
      #expect(schedule.states[5] == .waiting)
      schedule.decide(index, isCached: true)
    }
    #expect(schedule.nextToDecide == 5)
    schedule.decide(5, isCached: true)
    #expect(schedule.isSettled)
    #expect(schedule.isComplete)
  }

  @Test func `no more stages run than there are jobs`() throws {
    var schedule = try schedule(jobs: 2)
    schedule.decide(0, isCached: true)
    for index in 1...4 { schedule.decide(index, isCached: false) }
    schedule.start(try #require(schedule.nextToStart))
    schedule.start(try #require(schedule.nextToStart))
    #expect(schedule.nextToStart == nil)
    #expect(!schedule.isSettled)
    schedule.finish(1)
    #expect(schedule.nextToStart == 3)
  }

  @Test func `the longest chain of remaining work starts first`() throws {
    let plan = try PlanTests.plan(
      """
      version: 1
      stages:
        short: {outputs: [x]}
        long: {outputs: [x]}
        after: {inputs: {x: long.x}, outputs: [x]}
      profiles: {p: {}}
      """)
    #expect(plan.remainingCosts([2, 1, 5]) == [2, 6, 5])
    var schedule = Schedule(plan, costs: [2, 1, 5], jobs: 1, keepsGoing: false)
    schedule.decide(0, isCached: false)
    schedule.decide(1, isCached: false)
    #expect(schedule.nextToStart == 1)
  }

  @Test func `a failure lets running stages finish and starts nothing`() throws {
    var schedule = try schedule()
    schedule.decide(0, isCached: true)
    for index in 1...4 { schedule.decide(index, isCached: false) }
    schedule.start(1)
    schedule.start(2)
    schedule.fail(1)
    #expect(schedule.states[5] == .skipped)
    #expect(schedule.nextToStart == nil)
    #expect(!schedule.isSettled)
    schedule.finish(2)
    #expect(schedule.isSettled)
    #expect(!schedule.isComplete)
  }

  @Test func `keeping going starts what does not depend on the failure`() throws {
    var schedule = try schedule(keepsGoing: true)
    schedule.decide(0, isCached: true)
    for index in 1...4 { schedule.decide(index, isCached: false) }
    schedule.start(1)
    schedule.fail(1)
    #expect(schedule.nextToStart == 2)
    #expect(schedule.states[5] == .skipped)
  }

  @Test func `a signal stops new starts and outranks a failure`() throws {
    var schedule = try schedule()
    schedule.decide(0, isCached: false)
    schedule.start(0)
    schedule.interrupt(SIGTERM)
    schedule.interrupt(SIGINT)
    schedule.fail(0)
    #expect(schedule.stop == .signal(SIGTERM))
    #expect(schedule.nextToDecide == nil)
    #expect(schedule.isSettled)
  }
}
