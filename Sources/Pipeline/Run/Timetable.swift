/// The texts that start a nightly run from cron or from systemd.
public struct Timetable: Sendable {
  /// The folder of the project, absolute.
  public var folder: String
  /// The command to run there.
  public var command: String
  /// The `PATH` that the command needs; cron and systemd start with a short one.
  public var searchPath: String
  public var hour: Int
  public var minute: Int

  /// A run every night at a time of day.
  ///
  /// - Parameters:
  ///   - folder: The folder of the project, absolute.
  ///   - command: The command to run there.
  ///   - searchPath: The `PATH` that the command needs.
  ///   - hour: From 0 to 23.
  ///   - minute: From 0 to 59.
  public init(folder: String, command: String, searchPath: String, hour: Int, minute: Int) {
    precondition((0..<24).contains(hour) && (0..<60).contains(minute), "a time of day")
    self.folder = folder
    self.command = command
    self.searchPath = searchPath
    self.hour = hour
    self.minute = minute
  }

  /// One line for `crontab -e`; cron reads `%` as a line end, so it is escaped.
  public var crontab: String {
    let line =
      "cd \(quoted(folder)) && PATH=\(quoted(searchPath)) \(command) "
      + ">> artifacts/nightly.log 2>&1"
    return "\(minute) \(hour) * * * \(line.replacing("%", with: "\\%"))"
  }

  /// The service that systemd starts; another run holding the lock is no failure.
  public var service: String {
    """
    [Unit]
    Description=Llama4Rec nightly run

    [Service]
    Type=oneshot
    WorkingDirectory=\(folder.replacing("%", with: "%%"))
    Environment="PATH=\(searchPath.replacing("%", with: "%%"))"
    ExecStart=/usr/bin/env \(command.replacing("%", with: "%%"))
    SuccessExitStatus=75
    KillSignal=SIGTERM
    TimeoutStopSec=60
    """
  }

  /// The timer that starts the service; a run missed while the machine was off is made up for.
  public var timer: String {
    """
    [Unit]
    Description=Llama4Rec every night

    [Timer]
    OnCalendar=*-*-* \(padded(hour)):\(padded(minute)):00
    Persistent=true

    [Install]
    WantedBy=timers.target
    """
  }

  /// All three with a word on where each belongs.
  public var text: String {
    """
    # crontab -e
    \(crontab)

    # ~/.config/systemd/user/llama4rec.service
    \(service)

    # ~/.config/systemd/user/llama4rec.timer, then: systemctl --user enable --now llama4rec.timer
    \(timer)
    """
  }

  private func quoted(_ text: String) -> String {
    "'\(text.replacing("'", with: "'\\''"))'"
  }

  private func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
