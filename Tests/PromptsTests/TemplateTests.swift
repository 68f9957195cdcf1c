import LanguageModels
import Prompts
import TestSupport
import Testing

@Suite struct TemplateTests {
  private let templates = PromptTemplates(
    ratingScale: [1, 2, 3.5, 4], maximumHistory: 4, maximumSimilar: 2, maximumHints: 3)
  private let titles = ["Toy Story", "Heat", "Alien", "Fargo", "Brazil", "Clue"]

  private func words(_ prompt: Prompt) -> String { prompt.rendered(titles: titles) }

  @Test func `a plain ranking prompt is the history`() {
    let prompt = templates.ranking(history: [0, 2])
    #expect(prompt == .text("history:") + .items(0, 2))
    #expect(words(prompt) == #"history: "Toy Story", "Alien""#)
    #expect(templates.ranking(history: [Int32]()) == .text("history:"))
  }

  @Test func `an augmented ranking prompt has the similar user and the list before the history`() {
    let prompt = templates.ranking(history: [0], similar: [1, 2], hints: [3, 4])
    #expect(
      prompt
        == .text(" similar user:") + .items(1, 2) + .text(" recommender:") + .items(3, 4)
        + .text(" history:") + .items(0))
    #expect(
      words(prompt)
        == #" similar user: "Heat", "Alien" recommender: "Fargo", "Brazil" history: "Toy Story""#)
  }

  @Test func `a part that is empty is left out`() {
    #expect(
      templates.ranking(history: [0], hints: [3])
        == .text(" recommender:") + .items(3) + .text(" history:") + .items(0))
    #expect(
      templates.ranking(history: [0], similar: [3])
        == .text(" similar user:") + .items(3) + .text(" history:") + .items(0))
  }

  @Test func `the latest interactions and the first hints are shown`() {
    let prompt = templates.ranking(
      history: [0, 1, 2, 3, 4, 5], similar: [0, 1, 2], hints: [5, 4, 3, 2])
    #expect(prompt.items(after: " history:") == [2, 3, 4, 5])
    #expect(prompt.items(after: " similar user:") == [1, 2])
    #expect(prompt.items(after: " recommender:") == [5, 4, 3])
  }

  @Test func `the question about a candidate`() {
    #expect(words(templates.candidateQuestion(2)) == #" next: "Alien""#)
    #expect(templates.yesNo.map(words) == [" yes", " no"])
  }

  @Test func `a plain rating prompt is the history with ratings and the item`() {
    let prompt = templates.rating(history: [(0, 4), (2, 3.5)], item: 1)
    #expect(
      prompt
        == .text("ratings:") + .items(0) + .text(" 4") + .items(2) + .text(" 3.5") + .items(1))
    #expect(words(prompt) == #"ratings: "Toy Story" 4 "Alien" 3.5 "Heat""#)
    #expect(templates.ratingAnswers.map(words) == [" 1", " 2", " 3.5", " 4"])
  }

  @Test func `an augmented rating prompt has the similar user's ratings and the estimate`() {
    let prompt = templates.rating(
      history: [(0, 4)], similar: [(3, 2)], estimate: 3.5612, item: 1)
    #expect(
      words(prompt)
        == #" similar user: "Fargo" 2 ratings: "Toy Story" 4 recommender expects 3.6: "Heat""#)
  }

  @Test func `half as many rated items are shown`() {
    let pairs = (0..<6).map { (item: Int32($0), rating: Float(2)) }
    let prompt = templates.rating(history: pairs, similar: pairs, estimate: 2, item: 0)
    #expect(
      words(prompt)
        == #" similar user: "Clue" 2 ratings: "Brazil" 2 "Clue" 2 recommender expects 2.0: "#
        + #""Toy Story""#)
  }

  @Test(arguments: [
    (3.96, "4.0"), (0.04, "0.0"), (-0.3, "-0.3"), (-1.26, "-1.3"), (10, "10.0"), (-0.01, "0.0"),
  ])
  func `an estimate has one decimal`(estimate: Float, words expected: String) {
    let prompt = templates.rating(history: [], estimate: estimate, item: 0)
    #expect(words(prompt) == #"ratings: recommender expects \#(expected): "Toy Story""#)
  }

  @Test func `statements and questions about attributes, with worked examples`() {
    #expect(
      words(templates.statement(of: "genres", value: "Sci-Fi", item: 2))
        == #" "Alien" genres: Sci-Fi"#)
    let question = templates.attributeQuestion(
      "genres", examples: [(2, "Sci-Fi"), (1, "Crime")], item: 0)
    #expect(
      words(question) == #" "Alien" genres: Sci-Fi "Heat" genres: Crime "Toy Story" genres:"#)
    #expect(words(templates.naming(item: 0, title: "Toy Story")) == #" "Toy Story" is Toy Story"#)
  }

  @Test func `the scale is every rating that occurs, ascending`() {
    #expect(PromptTemplates.ratingScale(of: [4, 1, 3.5, 4, 1]) == [1, 3.5, 4])
  }

  @Test func `many different ratings become steps, and a rating is told as the nearest`() {
    let ratings = (0..<20_000).map { Float($0) / 7 }
    let scale = PromptTemplates.ratingScale(of: ratings)
    #expect(scale.count == PromptTemplates.largestScale)
    #expect(scale == scale.sorted())
    let templates = PromptTemplates(ratingScale: [1, 2, 4.5])
    let told = [-3, 1, 1.4, 1.5, 1.6, 3, 4, 9].map { templates.answer(forRating: Float($0)) }
    #expect(told == [" 1", " 1", " 1", " 1", " 2", " 2", " 4.5", " 4.5"])
  }

  @Test func `every word of the templates is one token`() {
    let tokenizer = CatalogueTokenizer(
      training: ["history similar"], merges: 0, words: templates.words, titleCount: 6)
    for word in templates.words { #expect(tokenizer.encode(word).count == 1, "\(word)") }
    for answer in templates.ratingAnswers + templates.yesNo {
      #expect(tokenizer.encode(answer).count == 1)
    }
    // Seven words and colons, five titles.
    let ranking = templates.ranking(history: [0], similar: [1, 2], hints: [3, 4])
    #expect(tokenizer.encode(ranking).count == 12)
    #expect(tokenizer.encode(templates.rating(history: [(0, 3.5)], item: 1)).count == 5)
    #expect(tokenizer.decode(tokenizer.encode(templates.ranking(history: [0]))) == "history:⟨0⟩")
  }
}
