import Synchronization

/// Messages from any thread to one that waits for them.
final class Inbox<Message: Sendable>: Sendable {
  /// Rings with every message.
  let bell: Doorbell
  private let messages = Mutex<[Message]>([])

  /// Throws `FileError` where the process may open no more files.
  init() throws { bell = try Doorbell() }

  func put(_ message: Message) {
    messages.withLock { $0.append(message) }
    bell.ring()
  }

  /// The oldest message, if there is one.
  func take() -> Message? { messages.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}
