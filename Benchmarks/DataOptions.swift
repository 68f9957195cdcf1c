import ArgumentParser
import Datasets
import Evaluation
import Foundation
import Recommenders

/// Which data is measured on.
struct DataOptions: ParsableArguments {
  enum Dataset: String, CaseIterable, ExpressibleByArgument {
    case ml100k = "ml-100k"
    case ml1m = "ml-1m"
    case demo
  }

  @Option(help: "The data set; demo is generated in the size of MovieLens 100K.")
  var dataset = Dataset.demo
  @Option(help: "Where the published data sets are.")
  var data = ProcessInfo.processInfo.environment["LLAMA4REC_DATA"] ?? "../shared/data"
  @Option(help: "How many times the size of MovieLens 100K the demo has.")
  var scale = 1

  /// As it stands in results: `demo` with its scale.
  var name: String { dataset == .demo && scale > 1 ? "demo ×\(scale)" : dataset.rawValue }

  func validate() throws {
    guard scale >= 1 else { throw ValidationError("--scale must be at least 1, found \(scale)") }
  }

  func load() throws -> Split {
    progress("reading \(name)")
    switch dataset {
    case .demo: return leaveOneOut(generateDemo(.movielens100kSized(scale: scale)))
    case .ml100k: return try published(.movielens100k)
    case .ml1m: return try published(.movielens1m)
    }
  }

  private func published(_ format: DatasetFormat) throws -> Split {
    leaveOneOut(try readDataset(format: format, files: format.files(in: data)).0)
  }
}

extension Split {
  /// What a backbone trains on.
  func trainingData(for task: RecommendationTask) -> TrainingData {
    var data = TrainingData(train: train, validation: validation)
    if task == .rating {
      data.features = features
      data.questions = test.items
    }
    return data
  }

  var features: FeatureTable { FeatureTable(users: users, items: catalogue, train: train) }
}
