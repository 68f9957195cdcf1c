import Foundations
import LanguageModels
import Tensors
import Testing

@Suite struct TokenizerTests {
  /// The text of each merge, in order.
  private func merges(_ tokenizer: CatalogueTokenizer) -> [String] {
    (258..<tokenizer.firstTitle - Int32(tokenizer.words.count)).map { tokenizer.decode([$0]) }
  }

  private func learned(_ texts: [String], merges: Int = 10) -> CatalogueTokenizer {
    CatalogueTokenizer(training: texts, merges: merges, words: [], titleCount: 0)
  }

  @Test func `the most frequent pair is merged until none occurs twice`() {
    // Words "aab", " aab", " aac": "aa" three times, then " aa" and "aab" twice each.
    let tokenizer = learned(["aab aab aac"])
    #expect(merges(tokenizer) == ["aa", " aa"])
    #expect(tokenizer.vocabularySize == 260)
    #expect(tokenizer.encode("aab") == [258, 100])
    #expect(tokenizer.encode(" aac") == [259, 101])
    #expect(tokenizer.encode("aaaaa") == [258, 258, 99])
  }

  @Test func `equal counts are decided by the smaller ids`() {
    // " c" (32, 99), "ab" (97, 98) and "cd" (99, 100) occur twice each.
    #expect(merges(learned(["ab cd ab cd"])) == [" c", "ab", " cd"])
    #expect(merges(learned(["ac", "ab", "ac", "ab"])) == ["ab", "ac"])
  }

  @Test func `merges apply in the order in which they were learned`() {
    // "bc" three times comes before "ab" twice, so "abc" is a + bc, although "ab" is a piece as well.
    let tokenizer = learned(["bc", "bc", "bc", "ab", "ab"])
    #expect(merges(tokenizer) == ["bc", "ab"])
    #expect(tokenizer.encode("abc") == [99, 258])
  }

  @Test func `a limit stops merging`() {
    #expect(merges(learned(["ab cd ab cd"], merges: 1)) == [" c"])
    #expect(learned(["ab ab"], merges: 0).encode("ab") == [99, 100])
  }

  @Test func `the order of the training texts does not matter`() {
    let texts = ["Toy Story (1995)", "Story of Us, The", "Étoile, 千と千尋"]
    #expect(learned(texts) == learned(texts.reversed()))
  }

  @Test(arguments: [
    "", " ", "a", "  two  spaces ", "Amélie – le fabuleux destin", "千と千尋の神隠し 2001",
    "👩‍👩‍👧‍👦 family🇫🇷", "e\u{301} and é", "tab\tnewline\r\n\u{0}end", "don't; 3.5:4,x\"y\"",
  ])
  func `any text comes back from its tokens`(text: String) {
    for tokenizer in [
      learned([]), learned(["Amélie Amélie two two family family", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦"], merges: 40),
      CatalogueTokenizer(
        training: [text, text], merges: 99, words: ["two", " two", ":"], titleCount: 3),
    ] {
      // Bytes, because two strings are equal when they are canonically equivalent.
      #expect(Array(tokenizer.decode(tokenizer.encode(text)).utf8) == Array(text.utf8))
    }
  }

  @Test func `random text comes back from its tokens`() {
    let alphabet = Array("ab  :19éß千👍\n\u{301}\u{200D}".unicodeScalars)
    var random = SeededRandom(seed: 4)
    let tokenizer = learned(["ab ab 99 éé 千千", "👍👍 ab: ab:"], merges: 30)
    for _ in 0..<300 {
      var text = ""
      for _ in 0..<random.below(24) {
        text.unicodeScalars.append(alphabet[random.below(alphabet.count)])
      }
      #expect(Array(tokenizer.decode(tokenizer.encode(text)).utf8) == Array(text.utf8))
    }
  }

  @Test func `ids run from marks over bytes, merges and words to titles`() {
    let tokenizer = CatalogueTokenizer(
      training: ["ab ab"], merges: 1, words: [" 4", "history"], titleCount: 3)
    #expect([CatalogueTokenizer.start, CatalogueTokenizer.end] == [0, 1])
    #expect(tokenizer.encode("\u{0}") == [2])
    #expect(tokenizer.encode("\u{7F}") == [129])
    #expect(tokenizer.encode("ab") == [258])
    #expect(tokenizer.encode("history 4") == [260, 259])
    #expect(tokenizer.firstTitle == 261)
    #expect(tokenizer.vocabularySize == 264)
    #expect((0..<3).map { tokenizer.token(ofItem: $0) } == [261, 262, 263])
    #expect((0..<264).filter { tokenizer.item(ofToken: $0) != nil } == [261, 262, 263])
    #expect(tokenizer.item(ofToken: 263) == 2)
  }

  @Test func `a word that would be cut is one token where it stands alone`() {
    let tokenizer = byteTokenizer(words: [" 3", " 3.5"], titles: 0)
    #expect(tokenizer.encode(" 3.5") == [259])
    #expect(tokenizer.encode(" 3") == [258])
    #expect(tokenizer.encode(Prompt([.text("x"), .text(" 3.5")])) == [122, 259])
  }

  @Test func `prompts are encoded segment by segment, titles as one token`() {
    let tokenizer = byteTokenizer(words: ["history", ":"], titles: 5)
    let prompt = Prompt.text("history:") + .items(4, 0) + .text("!")
    #expect(tokenizer.encode(prompt) == [258, 259, 264, 260, 35])
    #expect(tokenizer.decode([0, 258, 259, 264, 260, 35, 1]) == "history:⟨4⟩⟨0⟩!")
  }

  @Test func `it is a tokenizer like others: marks come from controls and markup, never from text`()
  {
    let tokenizer: any Tokenizer = byteTokenizer(words: [" yes"], titles: 2)
    #expect(tokenizer.prefix == [0] && tokenizer.suffix.isEmpty)
    #expect(tokenizer.controlToken("</s>") == 1 && tokenizer.controlToken("<pad>") == nil)
    #expect(tokenizer.encode([.control(0), .text(" y"), .text("es"), .control(1)]) == [0, 258, 1])
    #expect(tokenizer.encode(markup: "<s> yes</s>") == [0, 258, 1])
    #expect(tokenizer.encode("</s>") == "</s>".utf8.map { Int32($0) + 2 })
    #expect(tokenizer.decode([0, 258, 1, 999, -1], keepingControls: true) == "<s> yes</s>")
    #expect(tokenizer.decode([0, 258, 1]) == " yes")
  }

  @Test func `a prompt for other models names titles in quotes`() {
    let prompt = Prompt.text("history:") + .items(1, 0) + .text(" next:") + .items(1)
    #expect(
      prompt.rendered(titles: ["Heat", "Alien"])
        == "history: \"Alien\", \"Heat\" next: \"Alien\"")
    #expect(Prompt().rendered(titles: []) == "")
  }
}
