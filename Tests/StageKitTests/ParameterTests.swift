import StageKit
import StageProtocol
import Testing

@Suite("Parameters")
struct ParameterTests {
  private func values(_ json: String) throws -> ParameterValues {
    try ParameterValues(Probe.description, json: json)
  }

  @Test("what is left out takes its default")
  func defaults() throws {
    let values = try values("{}")
    #expect(values.integer("epochs") == 20)
    #expect(values.number("learningRate") == 0.001)
    #expect(values.float("dropout") == 0.1)
    #expect(values.boolean("shuffle"))
    #expect(values.choice("mode") == Probe.Mode.listwise)
    #expect(values.string("label") == "")
    #expect(values.integers("cutoffs") == [3, 5, 10])
    #expect(values.numbers("alphas") == [0, 0.5])
    #expect(values.optionalStrings("fields") == nil)
    #expect(values.optionalInteger("patience") == nil)
  }

  @Test("what is given replaces the default")
  func given() throws {
    let values = try values(
      """
      {"epochs": 3, "learningRate": 1, "dropout": 0, "shuffle": false, "mode": "pointwise",
       "label": "größer \\"als\\" \\u00e9", "cutoffs": [], "alphas": [1, 0.25],
       "fields": ["genre"], "patience": 0}
      """)
    #expect(values.integer("epochs") == 3)
    #expect(values.number("learningRate") == 1)
    #expect(values.float("dropout") == 0)
    #expect(!values.boolean("shuffle"))
    #expect(values.choice("mode", as: Probe.Mode.self) == .pointwise)
    #expect(values.string("label") == "größer \"als\" é")
    #expect(values.integers("cutoffs") == [])
    #expect(values.numbers("alphas") == [1, 0.25])
    #expect(values.strings("fields") == ["genre"])
    #expect(values.optionalInteger("patience") == 0)
  }

  @Test("null unsets a parameter whose default is null")
  func null() throws {
    #expect(try values(#"{"patience": null}"#).optionalInteger("patience") == nil)
  }

  @Test(
    "a bad parameter is named with what was found and what was expected",
    arguments: [
      (
        #"{"epoch":1}"#,
        "parameter 'epoch' is unknown; did you mean 'epochs'? the stage takes epochs, "
          + "learningRate, dropout, shuffle, mode, label, cutoffs, alphas, fields, patience"
      ),
      (
        #"{"Learning_rate":1}"#,
        "parameter 'Learning_rate' is unknown; did you mean 'learningRate'? the stage takes epochs, "
          + "learningRate, dropout, shuffle, mode, label, cutoffs, alphas, fields, patience"
      ),
      (
        #"{"temperature":1}"#,
        "parameter 'temperature' is unknown; the stage takes epochs, "
          + "learningRate, dropout, shuffle, mode, label, cutoffs, alphas, fields, patience"
      ),
      (
        #"{"epochs":0}"#,
        "parameter 'epochs': found 0, expected a whole number at least 1, at most 1000"
      ),
      (
        #"{"epochs":1001}"#,
        "parameter 'epochs': found 1001, expected a whole number at least 1, at most 1000"
      ),
      (
        #"{"epochs":1.5}"#,
        "parameter 'epochs': found 1.5, expected a whole number at least 1, at most 1000"
      ),
      (
        #"{"epochs":"ten"}"#,
        "parameter 'epochs': found \"ten\", expected a whole number at least 1, at most 1000"
      ),
      (
        #"{"epochs":true}"#,
        "parameter 'epochs': found true, expected a whole number at least 1, at most 1000"
      ),
      (
        #"{"epochs":null}"#,
        "parameter 'epochs': found null, expected a whole number at least 1, at most 1000"
      ),
      (
        #"{"epochs":[1]}"#,
        "parameter 'epochs': found [1], expected a whole number at least 1, at most 1000"
      ),
      (#"{"learningRate":0}"#, "parameter 'learningRate': found 0, expected a number above 0"),
      (
        #"{"learningRate":"1"}"#, "parameter 'learningRate': found \"1\", expected a number above 0"
      ),
      (#"{"dropout":1}"#, "parameter 'dropout': found 1, expected a number at least 0, below 1"),
      (#"{"shuffle":1}"#, "parameter 'shuffle': found 1, expected true or false"),
      (#"{"shuffle":"true"}"#, "parameter 'shuffle': found \"true\", expected true or false"),
      (
        #"{"mode":"pointwize"}"#,
        "parameter 'mode': found \"pointwize\"; did you mean 'pointwise'? expected one of "
          + "listwise, pointwise"
      ),
      (
        #"{"mode":"x"}"#,
        "parameter 'mode': found \"x\"; expected one of listwise, pointwise"
      ),
      (#"{"label":5}"#, "parameter 'label': found 5, expected a text in quotes"),
      (
        #"{"cutoffs":3}"#,
        "parameter 'cutoffs': found 3, expected a list of whole numbers at least 1, at most 2147483647"
      ),
      (
        #"{"cutoffs":[3,0]}"#,
        "parameter 'cutoffs': found 0, expected a list of whole numbers at least 1, at most 2147483647"
      ),
      (
        #"{"alphas":[0.5,"a"]}"#,
        "parameter 'alphas': found \"a\", expected a list of numbers at least 0, at most 1"
      ),
      (
        #"{"fields":["age","genres"]}"#,
        "parameter 'fields': found \"genres\"; did you mean 'genre'? expected one of age, genre"
      ),
      (#"{"fields":[{}]}"#, "parameter 'fields': found {}, expected a list of texts in quotes"),
      ("[]", #"--parameters: found [], expected one JSON object such as {"name":1}"#),
      ("{", #"--parameters: found {, expected one JSON object such as {"name":1}"#),
      ("", #"--parameters: found , expected one JSON object such as {"name":1}"#),
      (
        #"{"epochs":01}"#,
        #"--parameters: found {"epochs":01}, expected one JSON object such as {"name":1}"#
      ),
    ])
  func bad(json: String, message: String) throws {
    let error = #expect(throws: ParameterError.self) { try values(json) }
    #expect(error?.description == message)
    #expect(error?.exitCode == .usage)
  }

  @Test("a description whose default breaks its own limits is a programming error")
  func badDefault() async {
    await #expect(processExitsWith: .failure) {
      _ = ParameterSpec.integer("epochs", default: 0, "passes", minimum: 1)
    }
  }

  @Test("asking for an undeclared parameter is a programming error")
  func undeclared() async {
    await #expect(processExitsWith: .failure) {
      _ = try ParameterValues(Probe.description, json: "{}").integer("epoch")
    }
  }
}
