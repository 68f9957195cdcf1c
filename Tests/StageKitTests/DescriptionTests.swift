import StageKit
import Testing

@Suite("What a stage says of itself")
struct DescriptionTests {
  @Test("--describe prints one line of JSON with inputs, outputs and parameters in their order")
  func describe() throws {
    let console = FakeConsole()
    #expect(Launcher<Probe>(console: console.console(columns: nil)).run(["--describe"]) == .done)
    let expected = """
      {"stage":"probe","summary":"Does what a test asks for.",\
      "inputs":[\
      {"name":"train","schema":"interactions","optional":false,"many":false,\
      "summary":"training interactions"},\
      {"name":"features","schema":"features","optional":true,"many":false,\
      "summary":"what users are like"},\
      {"name":"metrics","schema":"user-metrics","optional":true,"many":true,\
      "summary":"one a seed"},\
      {"name":"notes","optional":true,"many":false,"summary":"a text"}],\
      "outputs":[\
      {"name":"model","schema":"backbone-model","file":"model.safetensors.zst",\
      "summary":"the trained model"},\
      {"name":"page","file":"page.html","summary":"a page to read"}],\
      "parameters":[\
      {"name":"epochs","type":"integer","default":20,"summary":"passes over the data",\
      "minimum":1,"maximum":1000},\
      {"name":"learningRate","type":"number","default":0.001,"summary":"Adam's step size",\
      "exclusiveMinimum":0.0},\
      {"name":"dropout","type":"number","default":0.1,"summary":"share of zeros",\
      "minimum":0.0,"exclusiveMaximum":1.0},\
      {"name":"shuffle","type":"boolean","default":true,"summary":"whether order is random"},\
      {"name":"mode","type":"string","default":"listwise","summary":"how answers are asked for",\
      "choices":["listwise","pointwise"]},\
      {"name":"label","type":"string","default":"","summary":"shown in the report"},\
      {"name":"cutoffs","type":"integers","default":[3,5,10],"summary":"lengths of lists",\
      "minimum":1},\
      {"name":"alphas","type":"numbers","default":[0.0,0.5],"summary":"weights",\
      "minimum":0.0,"maximum":1.0},\
      {"name":"fields","type":"strings","default":null,"summary":"which features; null for all",\
      "choices":["age","genre"]},\
      {"name":"patience","type":"integer","default":null,\
      "summary":"epochs without gain; null for ever","minimum":0}]}

      """
    #expect(console.out == expected)
    #expect(console.error == "")
  }

  @Test("--help explains inputs, outputs, every parameter and the exit codes")
  func help() {
    let console = FakeConsole()
    #expect(Launcher<Probe>(console: console.console(columns: nil)).run(["--help"]) == .done)
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
        cutoffs       lengths of lists (integers; at least 1; default [3,5,10])
        alphas        weights (numbers; at least 0, at most 1; default [0.0,0.5])
        fields        which features; null for all (strings; one of age, genre;
                      default null)
        patience      epochs without gain; null for ever (integer; at least 0;
                      default null)

      EXIT CODES
        0         done
        1         failed
        2         bad usage
        65        bad input data
        130, 143  interrupted; the same command goes on from --scratch

      USAGE: stage-probe
      """
    #expect(console.out.hasPrefix(expected), "\(console.out)")
    for option in ["input", "output", "parameters", "scratch", "threads", "events", "describe"] {
      #expect(console.out.contains("\n  --\(option) "), "\(option)")
    }
  }
}
