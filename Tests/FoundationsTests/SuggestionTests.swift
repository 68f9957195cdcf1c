import Foundations
import Testing

@Suite("Suggestions")
struct SuggestionTests {
  @Test("the nearest name is offered only where it is near")
  func nearest() {
    let names = ["learningRate", "epochs", "seed"]
    #expect(Suggestion.nearest(to: "learnigRate", among: names) == "learningRate")
    #expect(Suggestion.nearest(to: "sede", among: names) == "seed")
    #expect(Suggestion.nearest(to: "temperature", among: names) == nil)
  }

  @Test("advice names the guess and all that is valid")
  func advice() {
    #expect(
      Suggestion.advice("sede", ["seed", "epochs"], "expected one of")
        == "did you mean 'seed'? expected one of seed, epochs")
    #expect(Suggestion.advice("x", [], "the stage takes") == "the stage takes none")
  }
}
