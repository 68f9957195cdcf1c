import FoundationEssentials

/// How records are written to files and between processes: JSON with sorted keys, dates as ISO 8601 in
/// UTC.
public enum Records {
  /// A value as JSON, on one line unless it is to be pretty.
  public static func encode(_ value: some Encodable, pretty: Bool = false) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting =
      pretty
      ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
      : [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return Array(try encoder.encode(value))
  }

  /// A value as one line of JSON.
  public static func text(_ value: some Encodable) throws -> String {
    String(decoding: try encode(value), as: UTF8.self)
  }

  /// The value that JSON stands for.
  public static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: some Sequence<UInt8>
  ) throws -> Value {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return try decoder.decode(type, from: Data(bytes))
  }

  /// The value in a file; nil where the file is missing or is no such record.
  public static func read<Value: Decodable>(_ type: Value.Type, at path: String) -> Value? {
    (try? Files.readStored(path)).flatMap { try? decode(type, from: $0) }
  }
}
