import Foundation
import LanguageModels
import Prompts
import TestSupport
import Testing

@Suite struct WordingTests {
  /// The sound file with one change.
  private func changed(_ old: String, to new: String) -> String {
    let text = Wording.english.text
    #expect(text.contains(old))
    return text.replacing(old, with: new)
  }

  @Test func `the special words follow from the file: its words, each once, then its marks`()
    throws
  {
    #expect(
      PromptTemplates(ratingScale: [1, 3.5]).words == [
        "history", " history", "ratings", " ratings", " similar", " user", " recommender", " next",
        " yes", " no", " is", " expects", ":", " 1", " 3.5",
      ])
    let text = changed("\nhistory:{history}", to: "\nseen 5 titles! history:{history}")
    let templates = PromptTemplates(wording: try Wording(text, path: ""), ratingScale: [5, 6])
    let words = templates.words
    #expect(words.starts(with: ["seen", " 5", " titles", " history"]))
    // A rating that is a word of the file already is no second token.
    #expect(Array(words.suffix(3)) == ["!", ":", " 6"])
    #expect(Set(words).count == words.count)
    #expect(templates.ranking(history: [3]) == .text("seen 5 titles! history:") + .items(3))
  }

  @Test func `sections stand in any order, as any editor writes them, with comments between`()
    throws
  {
    let sections = Wording.english.text.split(separator: "\n[").dropFirst().map { "[\($0)" }
    let text = sections.reversed().joined(separator: "\n# a comment {with} a brace {\n\n")
      .replacing("\n", with: "\r\n")
    let templates = PromptTemplates(
      wording: try Wording("\u{FEFF}\(text)", path: ""), ratingScale: [4])
    let english = PromptTemplates(ratingScale: [4])
    #expect(templates.words == english.words)
    #expect(
      templates.ranking(history: [1], similar: [2], hints: [3])
        == english.ranking(history: [1], similar: [2], hints: [3]))
  }

  @Test(arguments: [
    (" next:{item}", " next:{itme}", "{itme} in [candidate]", "{item}, each once"),
    (" next:{item}", " next:{history}", "{history} in [candidate]", "{item}, each once"),
    (" next:{item}", " next:", "no {item} in [candidate]", "{item}, each once"),
    (" next:{item}", " {item} or {item}", "{item} in [candidate]", "{item}, each once"),
    (" next:{item}", " next:{item", "'{' without its other half", "{item}, each once"),
    (" next:{item}", " next:item}", "'}' without its other half", "{item}, each once"),
    (" next:{item}", " next:{{item}}", "'{' without its other half", "{item}, each once"),
    ("\n yes\n", "\n yes {item}\n", "{item} in [yes]", "a text without slots"),
    ("[yes]", "[maybe]", "[maybe]", "one of [history], "),
    ("[yes]", "[yes", "'[yes'", "[NAME]"),
    ("[yes]", "[candidate]", "[candidate] a second time", "each section once"),
    ("\n yes\n", "\n", "no text", "one line for [yes]"),
    ("\n yes\n", "\n yes\n indeed\n", "' indeed'", "[NAME] before it"),
    ("[history]\n", "", "'history:{history}'", "[NAME] before it"),
    ("[yes]\n yes\n", "", "the end", "a section [yes]"),
    (
      "\nhistory:{history}", "\nhistory:{history}.", "words after {history} in [history]",
      "{history} at the end"
    ),
  ])
  func `what cannot be used is refused`(
    old: String, new: String, found: String, expected: String
  ) throws {
    let error = try #require(throws: WordingError.self) {
      try Wording(changed(old, to: new), path: "prompts/x.txt")
    }
    #expect(error.found == found)
    #expect(error.expected.contains(expected), "\(error)")
    #expect(error.isDataError)
  }

  @Test func `an error names file and line`() throws {
    let error = try #require(throws: WordingError.self) {
      try Wording("# comment\n\n[history]\nhistory:{who}\n", path: "prompts/x.txt")
    }
    #expect(
      "\(error)"
        == "prompts/x.txt:4: found {who} in [history], expected {history}, each once")
  }

  @Test func `the whole file comes back with the model`() throws {
    let templates = PromptTemplates(ratingScale: [1, 2], maximumHistory: 3)
    let read = try JSONDecoder().decode(
      PromptTemplates.self, from: JSONEncoder().encode(templates))
    #expect(read == templates)
    #expect(read.wording.text == Wording.english.text)
    #expect(read.answer(forRating: 2) == " 2")
  }
}
