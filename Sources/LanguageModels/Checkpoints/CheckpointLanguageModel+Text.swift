extension CheckpointLanguageModel {
  public func text(of prompt: Prompt, titles: [String]) -> String {
    // What is read before an answer does not depend on which item is the answer.
    let query = ScoringQuery(
      prompt: prompt, branches: [.init(answers: titles.isEmpty ? [] : [Prompt([.item(0)])])])
    let read = text.questions(query).questions.first?.read ?? []
    return text.tokenizer.decode(read, keepingControls: true)
  }
}
