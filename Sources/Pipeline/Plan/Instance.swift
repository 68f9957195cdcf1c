public import Foundations
public import StageProtocol

/// One run of a stage: a stage at one choice of axis values.
public struct Instance: Sendable {
  /// Where the bytes of an input come from.
  public enum Source: Sendable, Equatable {
    /// A file of the data directory.
    case file(String)
    /// An output of another instance, by its place in `Plan.instances`.
    case output(instance: Int, name: String)
  }

  public struct Input: Sendable, Equatable {
    public var name: String
    public var sources: [Source]
  }

  public var stage: String
  /// The axis values in the order of the stage's `each`.
  public var axisValues: [String]
  /// The executable's file name.
  public var executable: String
  /// The stage's parameters, defaults included; a JSON object.
  public var parameters: JSONValue
  public var inputs: [Input]
  public var outputs: [StageDescription.Output]
  public var budget = StageBudget()

  /// `train-backbone[mf,1]`, or `preprocess` for a stage without axes.
  public var name: String {
    axisValues.isEmpty ? stage : "\(stage)[\(axisValues.joined(separator: ","))]"
  }

  /// The folder of its readable links under the profile: `train-backbone/mf-1`.
  public var folder: String {
    axisValues.isEmpty ? stage : "\(stage)/\(axisValues.joined(separator: "-"))"
  }
}
