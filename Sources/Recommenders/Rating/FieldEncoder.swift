internal import Datasets
internal import Tensors

/// Turns users and items into cells of field values that share one table of all fields' values.
///
/// Field f's value v is row base_f + v of the table. Without a feature table there are two fields,
/// the user and the item.
struct FieldEncoder {
  /// The cells of every user's own fields.
  let userBags: FieldBags
  private let itemBags: FieldBags
  /// Rows of the table.
  let valueCount: Int

  private struct Field {
    var offsets: [Int]
    var values: [Int32]
  }

  init(_ data: TrainingData) {
    var users: [Field] = []
    var items: [Field] = []
    var base = 0
    func shifted(_ offsets: [Int], _ values: [Int32], cardinality: Int) -> Field {
      defer { base += cardinality }
      let shift = Int32(base)
      return Field(offsets: offsets, values: values.map { $0 + shift })
    }
    func identifiers(_ count: Int) -> Field {
      shifted(Array(0...count), (0..<count).map { Int32($0) }, cardinality: count)
    }
    if let features = data.features {
      for field in features.fields {
        let shifted = shifted(field.offsets, field.values, cardinality: field.cardinality)
        if field.side == .user { users.append(shifted) } else { items.append(shifted) }
      }
    } else {
      users = [identifiers(data.train.userCount)]
      items = [identifiers(data.train.itemCount)]
    }
    userBags = Self.bags(users)
    itemBags = Self.bags(items)
    valueCount = base
  }

  var fieldCount: Int { userBags.fields + itemBags.fields }

  /// The cells of pairs of a user and an item, the user's fields first.
  func bags(users: [Int32], items: [Int32]) -> FieldBags {
    var bags = FieldBags(fields: fieldCount)
    for (user, item) in zip(users, items) {
      bags.append(row: Int(user), of: userBags)
      bags.append(row: Int(item), of: itemBags)
    }
    return bags
  }

  /// The cells of all rows of one side.
  private static func bags(_ fields: [Field]) -> FieldBags {
    var bags = FieldBags(fields: fields.count)
    for row in 0..<(fields.first.map { $0.offsets.count - 1 } ?? 0) {
      for field in fields {
        bags.append(field.values[field.offsets[row]..<field.offsets[row + 1]])
      }
    }
    return bags
  }
}
