import Foundations
import StageKit
import StageProtocol
import Testing

@Suite("What the runner passes to a stage")
struct InvocationTests {
  @Test("a stage reads from the words what the runner put into them")
  func words() async throws {
    try await withFolder { folder in
      let train = "\(folder)/train=1"
      try Files.writeAtomically("", to: train)
      let invocation = StageInvocation(
        inputs: [("train", train)],
        outputs: [("model", "\(folder)/model"), ("page", "\(folder)/page")],
        parameters: .sorted(["epochs": .integer(3), "label": .string("a \"b\"")]),
        scratch: "\(folder)/scratch", answers: "\(folder)/answers.sqlite", threads: 2)
      let console = FakeConsole().console(columns: nil)
      let launcher = Launcher<Probe>(
        console: console,
        work: { context in
          #expect(context.path(ofInput: "train") == train)
          #expect(context.outputPath("model") == "\(folder)/model")
          #expect(context.parameters.integer("epochs") == 3)
          #expect(context.parameters.string("label") == "a \"b\"")
          #expect(context.scratch?.path == "\(folder)/scratch")
          #expect(context.answers == "\(folder)/answers.sqlite")
          #expect(context.threads == 2)
          for output in ["model", "page"] {
            try Files.writeAtomically("", to: context.outputPath(output))
          }
        })
      #expect(await launcher.run(invocation.words) == .done)
    }
  }
}
