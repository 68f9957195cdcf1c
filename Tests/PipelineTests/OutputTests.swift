import Artifacts
import Foundation
import Foundations
import Pipeline
import StageProtocol
import Testing

@Suite struct OutputTests {
  private func results() throws -> Results {
    var artifact = Artifact(schema: "results", metadata: ["stage": "report"])
    artifact.set("dataset", text: ["ml-100k", "ml-100k"])
    artifact.set("task", text: ["direct", "direct"])
    artifact.set("backbone", text: ["mf", ""])
    artifact.set("method", text: ["llama4rec", "popularity"])
    artifact.set("metric", text: ["HR@3", "HR@3"])
    artifact.set("mean", floats: [0.0512, 0.03])
    artifact.set("std", floats: [0.001, .nan])
    artifact.set("language_model", text: ["title-llama", ""])
    artifact.set("seeds", int32s: [5, 1])
    artifact.set("users", int32s: [943, 943])
    artifact.set("p_value", floats: [0.01, .nan])
    artifact.set("best_baseline", text: ["ease, tuned", ""])
    artifact.set("improvement_percent", floats: [12.5, .nan])
    artifact.set("strongest", text: ["base (sasrec)", ""])
    artifact.set("p_vs_strongest", floats: [0.25, .nan])
    artifact.set("published", floats: [0.0541, .nan])
    let path = FileManager.default.temporaryDirectory
      .appending(path: "results-\(UUID().uuidString).safetensors.zst").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try artifact.write(to: path, allowingNonFinite: true)
    return try Results(contentsOf: path, profile: "ml-100k")
  }

  @Test func `results as JSON keep the contract's fields and print absent values as null`() throws {
    #expect(
      try results().text(.json) == """
        [
          {"profile":"ml-100k","dataset":"ml-100k","task":"direct","backbone":"mf",\
        "language_model":"title-llama","method":"llama4rec","metric":"HR@3","mean":0.0512,"std":0.001,"seeds":5,"users":943,\
        "p_value":0.01,"best_baseline":"ease, tuned","improvement_percent":12.5,\
        "strongest":"base (sasrec)","p_vs_strongest":0.25,"published":0.0541},
          {"profile":"ml-100k","dataset":"ml-100k","task":"direct","backbone":null,\
        "language_model":null,"method":"popularity","metric":"HR@3","mean":0.03,"std":null,"seeds":1,"users":943,\
        "p_value":null,"best_baseline":null,"improvement_percent":null,\
        "strongest":null,"p_vs_strongest":null,"published":null}
        ]
        """)
  }

  @Test func `results as CSV quote what holds a comma`() throws {
    #expect(
      try results().text(.csv) == """
        profile,dataset,task,backbone,language_model,method,metric,mean,std,seeds,users,p_value,\
        best_baseline,improvement_percent,strongest,p_vs_strongest,published
        ml-100k,ml-100k,direct,mf,title-llama,llama4rec,HR@3,0.0512,0.001,5,943,0.01,\
        "ease, tuned",12.5,base (sasrec),0.25,0.0541
        ml-100k,ml-100k,direct,,,popularity,HR@3,0.03,,1,943,,,,,,
        """)
  }

  @Test func `results as a table and as Markdown`() throws {
    let table = try results().text(.table).split(separator: "\n")
    #expect(
      table.last
        == "ml-100k  direct            popularity  HR@3    0.0300              1    943")
    let markdown = try results().text(.markdown).split(separator: "\n")
    #expect(
      markdown[2]
        == "| ml-100k | direct | mf | llama4rec | HR@3 | 0.0512 | 0.0010 | 5 | 943 | 0.0100 | "
        + "ease, tuned | 12.50 | base (sasrec) | 0.2500 | 0.0541 |")
  }

  @Test func `live progress shows bar, percentage, time left and message within the width`() {
    let event = StageEvent(
      line:
        #"{"event":"progress","done":12,"total":20,"unit":"epoch","message":"NDCG@10 0.0612"}"#)
    guard case .progress(let progress) = event else {
      Issue.record("\(event)")
      return
    }
    #expect(
      ProgressLine.stage("train[a,1]", progress, seconds: 60, width: 80)
        == "  train[a,1]  ██████░░░░ 60%  40 s left  NDCG@10 0.0612")
    #expect(ProgressLine.stage("train[a,1]", progress, seconds: 60, width: 20).count == 19)
    #expect(ProgressLine.stage("train[a,1]", nil, seconds: 75, width: 80) == "  train[a,1]  1:15")
    #expect(
      ProgressLine.total(done: 12, total: 57, running: 2, seconds: 4000)
        == "12/57 done, 2 running, 1:06:40")
  }

  @Test func `the table of a run escapes what it shows`() {
    let usage = ActionRecord.Usage(
      seconds: 1.25, cpuSeconds: 2.5, peakBytes: 3 << 20, threads: 1, machine: "m",
      started: Date(timeIntervalSince1970: 0), ended: Date(timeIntervalSince1970: 1))
    let action = ActionRecord(
      key: "k", instance: "train[a]", parts: [],
      outputs: [.init(name: "model", file: "m.bin", digest: "d", bytes: 2048)], usage: usage)
    let html = ReportPage.section([(.runs(["parameter x changed \"<a>\" → 'b&c'"]), action)])
    #expect(
      html.contains(
        "<tr><td>train[a]</td><td>runs, parameter x changed &quot;&lt;a&gt;&quot; → "
          + "&#39;b&amp;c&#39;</td><td>1.2</td><td>2.5</td><td>3.0 MiB</td><td>2.0 KiB</td></tr>"))
  }

  @Test func `the graph is drawn in both languages`() throws {
    let configuration = try Configuration.parse(TestSpace.pipeline, file: "p.yaml")
    #expect(
      GraphDrawing.mermaid.draw(configuration) == """
        flowchart LR
          prepare["prepare"]
          train["train<br/>each models x seeds"]
          report["report"]
          prepare -->|table| train
          train -->|model| report
        """)
    #expect(
      GraphDrawing.dot.draw(configuration).hasSuffix(
        "  \"prepare\" -> \"train\" [label=\"table\"];\n"
          + "  \"train\" -> \"report\" [label=\"model\"];\n}"))
  }

  @Test func `the graph shows which stages are of the delivery`() throws {
    let configuration = try Configuration.parse(DeliveryFixture.pipeline, file: "p.yaml")
    let mermaid = GraphDrawing.mermaid.draw(configuration)
    #expect(
      mermaid.contains(
        """
          subgraph delivery
            train-on-all["train-on-all<br/>each backbones x seeds"]
            recommend["recommend"]
          end
          prepare -->|table| train-on-all
        """))
    #expect(
      GraphDrawing.dot.draw(configuration).contains(
        "  subgraph cluster_delivery { label=delivery;\n    \"train-on-all\" ["))
  }

  @Test func `the timetable names folder, path and time for cron and systemd`() {
    let timetable = Timetable(
      folder: "/home/o'neil/100%", command: "make nightly", searchPath: "/usr/bin", hour: 2,
      minute: 5)
    #expect(
      timetable.crontab
        == #"5 2 * * * cd '/home/o'\''neil/100\%' && PATH='/usr/bin' make nightly "#
        + ">> artifacts/nightly.log 2>&1")
    #expect(timetable.timer.contains("OnCalendar=*-*-* 02:05:00"))
    #expect(timetable.service.contains("WorkingDirectory=/home/o'neil/100%%\n"))
    #expect(timetable.service.contains("ExecStart=/usr/bin/env make nightly\n"))
  }
}
