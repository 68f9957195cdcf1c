internal import Foundations

/// Parts the users into those whose validation items may stop the language model's training and those
/// that choose the blend.
///
/// So no weight and no mode is chosen on a validation item that the language model was selected by.
///
/// - Parameters:
///   - userCount: U.
///   - seed: The data set's seed; the parting is the same for every stage and every model seed.
///   - share: Share of users in the first part, 0...1. A quarter is enough to stop a training; the blend has
///     more to choose and needs the rest.
/// - Returns: Two lists of U flags, each the negation of the other.
public func partValidationUsers(
  userCount: Int, seed: UInt64, share: Double = 0.25
) -> (stopping: [Bool], choosing: [Bool]) {
  var random = SeededRandom(seed: seed, purpose: "validation-users")
  let stopping = (0..<userCount).map { _ in Double(random.uniform()) < share }
  return (stopping, stopping.map { !$0 })
}
