// swift-tools-version: 6.2
import PackageDescription

// Square roots are one instruction, not a library call that sets errno.
var flags = ["-Xcc", "-fno-math-errno"]
// Fused multiply-adds and 256-bit vectors: without this flag `addProduct` becomes a library call.
#if arch(x86_64)
flags += ["-Xcc", "-march=x86-64-v3"]
#endif
let settings: [SwiftSetting] =
  [
    .unsafeFlags(flags),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
  ]

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

/// A library in `Sources/NAME`, with its tests in `Tests/NAMETests`; `testing` is what only those need.
func library(
  _ name: String, _ dependencies: [Target.Dependency] = [], testing: [Target.Dependency] = []
) -> [Target] {
  [
    .target(name: name, dependencies: dependencies, swiftSettings: settings),
    .testTarget(
      name: "\(name)Tests",
      dependencies: [.init(stringLiteral: name)] + dependencies + testing,
      exclude: scripts.contains(name) ? ["golden.py"] : [],
      resources: fixtures.contains(name) ? [.copy("Fixtures")] : [], swiftSettings: settings),
  ]
}

/// Libraries whose tests bring files of their own in `Tests/NAMETests/Fixtures`.
let fixtures: Set<String> = ["LanguageModels"]

/// Libraries whose tests come with the script that made their reference values.
let scripts: Set<String> = ["Evaluation", "LanguageModels"]

/// The executable `stage-NAME` in `stages/NAME`.
func stage(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: "stage-\(name)",
    dependencies: ["Foundations", "StageProtocol", "StageKit", "Artifacts"] + dependencies,
    path: "stages/\(name)", exclude: ["README.md"], swiftSettings: settings)
}

// Bottom layer first: a target depends only on targets above it.
var targets: [Target] = [
  .systemLibrary(
    name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
  .systemLibrary(
    name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
  .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
  .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
]
targets += library("Foundations", ["COpenSSL"])
targets += library("StageProtocol", ["Foundations"])
targets += library(
  "Tensors", ["Foundations", "COpenBLAS", .product(name: "RealModule", package: "swift-numerics")],
  testing: ["TestSupport"])
targets += library("Artifacts", ["Foundations", "CZstd"])
targets += library("Datasets", ["Artifacts", "Foundations"], testing: ["TestSupport"])
targets += library("Evaluation", ["Artifacts", "Foundations"])
targets += library(
  "Recommenders",
  [
    "Foundations", "Tensors", "Artifacts", "Datasets", "Evaluation",
    .product(name: "RealModule", package: "swift-numerics"),
  ], testing: ["TestSupport"])
targets += library(
  "LanguageModels",
  [
    "Foundations", "Tensors", "Artifacts", "Evaluation",
    .product(name: "RealModule", package: "swift-numerics"),
  ], testing: ["TestSupport"])
// Apart from LanguageModels, so that stages that ask no server load no HTTP library.
targets += library(
  "Endpoints",
  [
    "Foundations", "Artifacts", "LanguageModels", "CCurl",
    .product(name: "RealModule", package: "swift-numerics"),
  ], testing: ["TestSupport"])
targets += library(
  "Prompts",
  [
    "Foundations", "LanguageModels", "Recommenders", "Evaluation", "Datasets", "Artifacts",
    "Tensors",
  ], testing: ["TestSupport"])
targets += [
  .target(
    name: "TestSupport",
    dependencies: ["Foundations", "Tensors", "Datasets", "LanguageModels", "Prompts"],
    path: "Tests/TestSupport", exclude: ["faults.py"], swiftSettings: settings)
]
targets += library(
  "MutualAugmentation",
  [
    "Foundations", "Artifacts", "Prompts", "LanguageModels", "Recommenders", "Datasets",
    "Evaluation", "Tensors", .product(name: "RealModule", package: "swift-numerics"),
  ], testing: ["TestSupport"])
targets += library("Reporting", ["Foundations", "Evaluation", "Artifacts", "Recommenders"])
targets += library(
  "StageKit", ["Foundations", "StageProtocol", "Artifacts", "Tensors", argumentParser])
targets += library(
  "AnswerStore", ["Foundations", .product(name: "GRDB", package: "GRDB.swift")],
  testing: ["TestSupport"])
targets += library(
  "StageParts",
  [
    "Foundations", "StageProtocol", "StageKit", "Artifacts", "Tensors", "Datasets", "Evaluation",
    "Recommenders",
  ])
targets += [
  // Apart from StageParts, so that stages that ask no language model link no database.
  .target(
    name: "LanguageModelParts",
    dependencies: [
      "Foundations", "StageProtocol", "StageKit", "Artifacts", "Tensors", "LanguageModels",
      "Prompts", "AnswerStore", "Endpoints",
    ], swiftSettings: settings),
  stage("preprocess", ["Datasets"]),
  stage("train-backbone", ["StageParts"]),
  stage(
    "pretrain-llm",
    [
      "StageParts", "LanguageModelParts", "Prompts", "LanguageModels", "Datasets", "Evaluation",
      "Tensors",
    ]),
  stage(
    "open-llm", ["LanguageModelParts", "Endpoints", "Prompts", "LanguageModels", "Datasets"]),
  stage(
    "tune-llm",
    [
      "StageParts", "LanguageModelParts", "MutualAugmentation", "Prompts", "LanguageModels",
      "Recommenders", "Datasets",
      "Evaluation", "Tensors",
    ]),
  stage(
    "label-augmentation",
    [
      "StageParts", "LanguageModelParts", "MutualAugmentation", "Prompts", "LanguageModels",
      "Recommenders", "Datasets",
      "Evaluation", "Tensors",
    ]),
  stage(
    "retrain-augmented",
    [
      "StageParts", "MutualAugmentation", "Recommenders", "Evaluation", "Datasets", "Tensors",
    ]),
  stage(
    "score-prompts",
    [
      "StageParts", "LanguageModelParts", "MutualAugmentation", "Prompts", "LanguageModels",
      "Recommenders",
      "Evaluation", "Datasets",
    ]),
  stage(
    "show-prompt",
    [
      "LanguageModelParts", "MutualAugmentation", "Prompts", "LanguageModels", "Recommenders",
      "Evaluation", "Datasets",
    ]),
  stage("aggregate", ["MutualAugmentation", "Recommenders", "Evaluation", "Datasets"]),
  stage("deliver", ["Evaluation"]),
  stage(
    "recommend",
    [
      "StageParts", "LanguageModelParts", "MutualAugmentation", "Prompts", "LanguageModels",
      "Recommenders",
      "Evaluation", "Datasets",
    ]),
  stage("report", ["Reporting", "Recommenders", "Evaluation", "Datasets"]),
]
// The runner knows stages only by their command line.
targets += library(
  "Pipeline", ["Foundations", "StageProtocol", "Artifacts", "Datasets", "Evaluation", "Yams"])
targets += [
  .executableTarget(
    name: "llama4rec",
    dependencies: [
      "Foundations", "StageProtocol", "Pipeline", "Artifacts", "Evaluation", "AnswerStore",
      argumentParser,
    ],
    swiftSettings: settings),
  .executableTarget(
    name: "benchmarks",
    dependencies: [
      "Foundations", "Reporting", "Recommenders", "LanguageModels", "Prompts", "Datasets",
      "Evaluation", "Tensors",
      argumentParser,
    ], path: "Benchmarks", exclude: ["peers", "backbones.yaml"], swiftSettings: settings),
  .testTarget(
    name: "EndToEnd", dependencies: ["Foundations", "Artifacts", "TestSupport"],
    swiftSettings: settings),
]

let package = Package(
  name: "Llama4Rec",
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: targets,
  swiftLanguageModes: [.v6]
)
