import Foundations
import StageKit
import StageProtocol
import Testing

@Suite("What a stage says of itself")
struct DescriptionTests {
  @Test("--describe prints one line of JSON that the runner reads as the same description")
  func describe() async throws {
    let console = FakeConsole()
    #expect(
      await Launcher<Probe>(console: console.console(columns: nil)).run(["--describe"]) == .done)
    #expect(console.out.hasSuffix("\n") && console.out.count { $0 == "\n" } == 1)
    let read = try Records.decode(StageDescription.self, from: console.out.utf8)
    #expect(try Records.text(read) == Records.text(Probe.description))
    #expect(read.parameters.map(\.defaultValue) == Probe.description.parameters.map(\.default))
    #expect(
      console.out.contains(
        #"{"default":20,"maximum":1000,"minimum":1,"name":"epochs","summary":"passes over the data","#
          + #""type":"integer"}"#))
    #expect(console.error == "")
  }

  @Test("--help explains inputs, outputs, every parameter and the exit codes")
  func help() async {
    let console = FakeConsole()
    #expect(await Launcher<Probe>(console: console.console(columns: nil)).run(["--help"]) == .done)
    let expected = """
      OVERVIEW: Does what a test asks for.

      INPUTS (--input name=path)
        train     training interactions (artifact of schema interactions)
        features  what users are like (artifact of schema features, optional)
        metrics   one a seed (artifact of schema user-metrics, optional, may repeat)
        notes     a text (file, optional)

      OUTPUTS (--output name=path)
        model  the trained model (artifact of schema backbone-model)
        page   a page to read (page.html)

      PARAMETERS (--parameters with one JSON object)
        epochs        passes over the data (integer; at least 1, at most 1000;
                      default 20)
        learningRate  Adam's step size (number; above 0; default 0.001)
        dropout       share of zeros (number; at least 0, below 1; default 0.1)
        shuffle       whether order is random (boolean; default true)
        mode          how answers are asked for (string; one of listwise, pointwise;
                      default "listwise")
        label         shown in the report (string; default "")
        cutoffs       lengths of lists (integers; at least 1, at most 2147483647;
                      default [3,5,10])
        alphas        weights (numbers; at least 0, at most 1; default [0.0,0.5])
        fields        which features; null for all (strings; one of age, genre;
                      default null)
        patience      epochs without gain; null for ever (integer; at least 0, at
                      most 2147483647; default null)

      EXIT CODES
        0         done
        1         failed
        2         bad usage
        65        bad input data
        75        temporary: a language model's server is gone
        130, 143  interrupted; the same command goes on from --scratch

      USAGE: stage-probe
      """
    #expect(console.out.hasPrefix(expected), "\(console.out)")
    for option in ["input", "output", "parameters", "scratch", "threads", "events", "describe"] {
      #expect(console.out.contains("\n  --\(option) "), "\(option)")
    }
  }
}
