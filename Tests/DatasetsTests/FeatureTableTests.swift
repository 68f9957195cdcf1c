import Datasets
import TestSupport
import Testing

@Suite struct FeatureTableTests {
  /// Five users of whom the last has no interaction in train.
  private func table(_ attribute: Attribute) throws -> FeatureTable.Field {
    let count = attribute.values.count
    let users = Entities(
      ids: (0..<count).map(String.init), titles: .init(repeating: "", count: count),
      attributes: [attribute])
    let items = Entities(ids: ["a", "b"], titles: ["A", "B"], attributes: [])
    var rows = [[Int32]](repeating: [0], count: count)
    rows[count - 1] = []
    let table = FeatureTable(users: users, items: items, train: histories(rows, itemCount: 2))
    #expect(table.fields.map(\.name) == ["user", "user.\(attribute.name)", "item"])
    #expect(table.field("user")?.values == Array(1..<Int32(count)) + [0])
    #expect(table.field("user")?.cardinality == count + 1)
    #expect(table.field("item")?.values == [1, 0])
    return try #require(table.field("user.\(attribute.name)"))
  }

  @Test func `Categories are numbered in byte order, unknown and missing are 0`() throws {
    let field = try table(
      Attribute(
        name: "tags", isNumeric: false, values: [["b", "a"], [], ["c", "c"], ["a"], ["new"]]))
    #expect(field.cardinality == 4)
    #expect(field.offsets == [0, 2, 3, 4, 5, 6])
    #expect(field.values == [2, 1, 0, 3, 1, 0])
    #expect(field.values(of: 0) == [2, 1])
    #expect(field.rowCount == 5)
  }

  @Test func `Few numbers keep a value each, in rising order`() throws {
    let field = try table(
      Attribute(
        name: "year", isNumeric: true, values: [["1999"], ["1870"], [], ["1999.0"], ["2050"]]))
    #expect(field.cardinality == 3)
    #expect(field.values == [2, 1, 0, 2, 0])
  }

  @Test func `Many numbers fall into quantiles`() throws {
    let field = try table(
      Attribute(name: "pages", isNumeric: true, values: (0..<641).map { ["\($0)"] }))
    #expect(field.cardinality == 33)
    #expect(field.values[0] == 1 && field.values[639] == 32 && field.values[640] == 32)
    #expect((1...32).allSatisfy { bucket in field.values[..<640].count { $0 == bucket } == 20 })
  }

  @Test(arguments: [5, 200])
  func `Not-a-number and infinities are missing, among few numbers and many`(count: Int) throws {
    var values = (0..<count).map { ["\($0)"] }
    values.insert(["nan"], at: 2)
    values.insert(["-inf"], at: 3)
    values.insert(["NaN"], at: 4)
    let field = try table(Attribute(name: "pages", isNumeric: true, values: values))
    #expect(field.values[2...4] == [0, 0, 0])
    let known = field.values[..<2] + field.values[5...]
    #expect(zip(known, known.dropFirst()).allSatisfy { $0 <= $1 || $1 == 0 })
    #expect(field.cardinality == (count == 5 ? 5 : 33))
    #expect(known.dropLast().allSatisfy { $0 > 0 && Int($0) < field.cardinality })
  }

  @Test func `Ages fall into the groups of MovieLens 1M`() throws {
    let ages = [17, 18, 24, 25, 34, 35, 44, 45, 49, 50, 55, 56, 99, 20].map { ["\($0)"] }
    let field = try table(Attribute(name: "age", isNumeric: true, values: ages))
    #expect(field.cardinality == 8)
    #expect(field.values == [1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 2])
  }

  @Test func `Zip codes count by their first character`() throws {
    let field = try table(
      Attribute(name: "zip", isNumeric: false, values: [["94043"], ["98101"], ["V1G"], [], ["1"]]))
    #expect(field.values == [1, 1, 2, 0, 0])
  }

  @Test func `An attribute is added, or replaces its namesake`() {
    let entities = Entities(ids: ["a", "b"], titles: ["A", "B"], attributes: [])
    var table = FeatureTable(
      users: entities, items: entities, train: histories([[0, 1], [1]], itemCount: 2))
    table.append(
      Attribute(name: "director", isNumeric: false, values: [["X"], ["Y"]]), side: .item)
    #expect(table.field("item.director")?.values == [1, 2])
    table.append(Attribute(name: "director", isNumeric: false, values: [[], ["Y"]]), side: .item)
    #expect(table.fields.map(\.name) == ["user", "item", "item.director"])
    #expect(table.field("item.director")?.values == [0, 1])
    #expect(table.field("item.director")?.side == .item)
  }
}
