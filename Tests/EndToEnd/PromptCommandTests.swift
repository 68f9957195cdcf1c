import Foundation
import Testing

/// `llama4rec prompt`: what the language model reads about a user.
@Suite struct PromptCommandTests {
  private func prompt(_ space: Workspace, _ arguments: String...) throws -> Workspace.Outcome {
    try space.call(
      ["prompt"] + arguments + Workspace.small + [
        "--set", "preprocess.demoUsers=80", "--set", "preprocess.demoItems=60",
      ])
  }

  @Test(arguments: ["direct", "sequential", "rating"])
  func `a prompt is shown plain and augmented`(task: String) throws {
    let space = try FinishedRuns.pair.get()[0]
    let plain = try prompt(space, "--user", "7", "--task", task)
    #expect(plain.code == 0, "\(plain.errors)")
    #expect(plain.output.hasPrefix(task == "rating" ? "ratings:" : "history:"))
    #expect(!plain.output.contains("similar user:"))
    let augmented = try prompt(space, "--user", "7", "--task", task, "--augmented")
    #expect(augmented.code == 0, "\(augmented.errors)")
    #expect(augmented.output.contains("similar user:"))
    #expect(augmented.output.contains("recommender"))
    #expect(augmented.errors.isEmpty && augmented.output.hasSuffix("\n"))
  }

  @Test func `an unknown user is bad data, with the nearest id`() throws {
    let outcome = try prompt(FinishedRuns.pair.get()[0], "--user", "7x")
    #expect(outcome.code == 1 || outcome.code == 65)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("user 7x: found no such user among"))
    #expect(outcome.errors.contains("did you mean 7?"))
  }

  @Test func `nothing that takes long is run for it`() throws {
    let space = try FinishedRuns.pair.get()[0]
    let outcome = try space.call(
      ["prompt", "--user", "7", "--task", "direct"] + Workspace.small + [
        "--set", "tune-llm.learningRate=0.01",
      ])
    #expect(outcome.code == 2)
    #expect(outcome.errors.contains("llama4rec run --until tune-llm makes it"))
  }
}
