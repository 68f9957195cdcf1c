import Foundations
import StageProtocol
import Testing

/// A stage with a choice of models, as train-backbone is one.
private let description = StageDescription(
  name: "train", summary: "Trains.", inputs: [], outputs: [],
  parameters: [
    .string("model", default: "mf", choices: ["mf", "sasrec", "popularity"], "what is trained"),
    .integer("seed", default: 1, "seed", minimum: 0),
    .number("learningRate", default: nil, "step", above: 0),
    .integer("dimension", default: nil, "width", minimum: 1),
    .integer("heads", default: nil, "attention heads", minimum: 1),
    .integers("units", default: nil, "widths", minimum: 1),
    .strings("modes", default: ["a"], "ways", minimumCount: 1),
  ],
  variants: ParameterVariants(
    of: "model",
    [
      "mf": ["learningRate": .number(0.001), "dimension": .integer(64)],
      "sasrec": [
        "learningRate": .number(0.002), "dimension": .integer(64), "heads": .integer(1),
        "units": .array([.integer(8), .integer(3)]),
      ], "popularity": [:],
    ]),
  rules: [
    .divides(divisor: "heads", dividend: "dimension"), .evenButLast(list: "units"),
    .evenQuotient(dividend: "dimension", divisor: "heads"),
  ])

@Suite("Parameters that must fit together")
struct RuleTests {
  @Test("what fits comes back whole, nullable parameters as null")
  func fits() throws {
    let values = try description.values(["model": .string("sasrec"), "heads": .integer(2)])
    #expect(values["heads"] == .integer(2))
    #expect(values["dimension"] == .null)
    #expect(values["seed"] == .integer(1))
  }

  @Test(
    "what does not fit is refused with the parameter, what was found and what would do",
    arguments: [
      (
        #"{"heads":2}"#,
        "parameter 'heads' is not read by mf; mf reads dimension, learningRate"
      ),
      (
        #"{"model":"popularity","learningRate":1}"#,
        "parameter 'learningRate' is not read by popularity; popularity reads none"
      ),
      (
        #"{"model":"sasrec","heads":3}"#,
        "parameter 'heads': found 3, expected a divisor of dimension (64)"
      ),
      (
        #"{"model":"sasrec","dimension":10,"heads":4}"#,
        "parameter 'heads': found 4, expected a divisor of dimension (10)"
      ),
      (
        #"{"model":"sasrec","units":[3,3]}"#,
        "parameter 'units': found [3,3], expected even numbers in all places but the last"
      ),
      (
        #"{"model":"sasrec","dimension":6,"heads":2}"#,
        "parameter 'dimension': found 6, expected an even multiple of heads (2)"
      ), (#"{"modes":[]}"#, "parameter 'modes': found [], expected a list of at least 1"),
      (#"{"learningRate":-1}"#, "parameter 'learningRate': found -1, expected a number above 0"),
      (
        #"{"model":"sasrek"}"#,
        "parameter 'model': found \"sasrek\"; did you mean 'sasrec'? expected one of mf, sasrec, "
          + "popularity"
      ),
    ])
  func refused(json: String, message: String) throws {
    guard case .object(let members)? = JSONValue(parsing: json) else {
      Issue.record("\(json) is no object")
      return
    }
    let given = Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value) })
    let error = #expect(throws: ParameterError.self) { try description.values(given) }
    #expect(error?.description == message)
  }

  @Test("a description survives the wire")
  func roundTrip() throws {
    let text = try Records.text(description)
    #expect(try Records.decode(StageDescription.self, from: text.utf8) == description)
  }

  @Test(
    "an event survives the wire",
    arguments: [
      StageEvent.progress(.init(done: 12, total: 100, unit: "epoch", message: "NDCG@10 0.0612")),
      .progress(.init(done: 0, total: 0, unit: "user")),
      .log(level: .warning, message: "a \"quoted\"\nline\u{1}"), .error("no \\ way"),
    ])
  func events(event: StageEvent) {
    #expect(!event.line.contains("\n"))
    #expect(StageEvent(line: event.line) == event)
  }

  @Test("a line that is no event is a message")
  func otherLines() {
    #expect(StageEvent(line: "hello") == .log(level: .info, message: "hello"))
    #expect(StageEvent(line: "{broken") == .log(level: .info, message: "{broken"))
  }
}
