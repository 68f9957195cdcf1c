import Foundation
import Foundations
import Pipeline
import Testing

@Suite struct CacheKeyTests {
  private func material(
    parameters: JSONValue = .sorted(["rate": .number(0.001), "seed": .integer(1)]),
    inputs: [(name: String, digests: [String])] = [
      (name: "train", digests: ["aa", "bb"]), (name: "catalogue", digests: ["cc"]),
    ]
  ) -> KeyMaterial {
    KeyMaterial(
      stage: "train-backbone", code: "c0de", salt: "", parameters: parameters, inputs: inputs)
  }

  /// Whoever changes the composition of the key must raise `formatVersion` and this value.
  @Test func `the key of fixed parts is a fixed number`() {
    #expect(KeyMaterial.formatVersion == 1)
    #expect(material().key == "524523badeb4f609ebeabd6dc834a2384f9ac72d48cfd6a83b612271305bf382")
  }

  @Test func `the walk visits the parts in a fixed order`() {
    #expect(
      material().parts.map { "\($0.label)=\($0.value)" } == [
        "format=1", "salt=", "stage=train-backbone", "code=c0de", "parameter rate=0.001",
        "parameter seed=1", "input catalogue=cc", "input train=aa,bb",
      ])
  }

  @Test func `the order of inputs does not matter, the order within one does`() {
    let swapped = material(inputs: [
      (name: "catalogue", digests: ["cc"]), (name: "train", digests: ["aa", "bb"]),
    ])
    #expect(swapped.key == material().key)
    let reversed = material(inputs: [
      (name: "catalogue", digests: ["cc"]), (name: "train", digests: ["bb", "aa"]),
    ])
    #expect(reversed.key != material().key)
  }

  @Test func `no two lists of parts share their bytes`() {
    let one = material(parameters: .sorted(["a": .string("b"), "c": .string("d")]))
    let other = material(parameters: .sorted(["a": .string("b\"1:c3:\"d")]))
    #expect(one.key != other.key)
  }

  @Test func `canonical text has sorted keys, no spaces and escaped control characters`() throws {
    let value = try JSONDecoder().decode(
      JSONValue.self, from: Data(#"{"b": [1, 2.5, true, null], "a": "x\"\n\u0001é"}"#.utf8))
    #expect(value.canonical == #"{"a":"x\"\n\u0001é","b":[1,2.5,true,null]}"#)
  }

  @Test func `every change between two keys has its words`() {
    let old = material().parts
    let new = KeyMaterial(
      stage: "train-backbone", code: "c1de", salt: "again",
      parameters: .sorted(["rate": .number(0.002), "layers": .array([.integer(2)])]),
      inputs: [(name: "train", digests: ["aa"]), (name: "labels", digests: ["dd"])]
    ).parts
    let decision = Decision.make(
      parts: new, previous: old, isRecorded: false, damage: nil, isForced: false, resumes: true)
    #expect(
      decision.description
        == "runs, the salt changed; the stage's code changed; parameter layers added ([2]); "
        + "parameter rate changed 0.001 → 0.002; input labels added; input train changed; "
        + "parameter seed removed (was 1); input catalogue removed; "
        + "goes on from its last checkpoint")
  }

  @Test func `explaining shows the key part by part with what it was before`() throws {
    let space = try TestSpace()
    _ = try space.call("run")
    let arguments = ["explain", "train[b,2]", "--set", "train.layers=3,4"]
    let lines = space.finish(try space.begin(arguments)).lines
    #expect(lines.first == "train[b,2]: runs, parameter layers changed [] → [3,4]")
    #expect(lines.contains("  parameter layers  [3,4]  (was [])"))
    #expect(lines.contains("  parameter model   \"b\""))
    #expect(lines.map { $0.prefix(18) }.contains("  input hint      "))
    #expect(
      try space.call("explain", "tarin").errors
        == "llama4rec: explain: unknown stage \"tarin\"; expected prepare, train, report; "
        + "did you mean \"train\"?\n")
  }
}
