/** What a rehearsal found, for people. Pure. */

export interface ImageSize {
  readonly name: string;
  readonly sizeMb: number;
  /** Sum of its compressed layers. */
  readonly pullMb: number;
}

/** What is known of one pod at the end. */
export interface PodFigures {
  readonly pod: string;
  /** From its start to the first success of the probe; null where the manifest has none. */
  readonly startedMs: number | null;
  readonly readyMs: number | null;
  readonly peakMb: number;
  readonly stopMs: number;
  readonly exit: number;
}

export interface RehearsalReport {
  readonly builtSeconds: number;
  readonly images: readonly ImageSize[];
  readonly pods: readonly PodFigures[];
  readonly bars: number;
  /** From the last pod's start to the last decision. */
  readonly seconds: number;
  /** From the start of one more replica, beside a system that decides, until it is ready. */
  readonly newReplicaMs: number;
}

export function reportText(
  { builtSeconds, images, pods, bars, seconds, newReplicaMs }: RehearsalReport,
): string {
  const show = (value: number | null) => value === null ? "-" : String(value);
  return [
    `Built and pushed in ${builtSeconds} s; ${bars} bars decided ${seconds} s after the last start; one more replica was ready in ${newReplicaMs} ms`,
    "",
    ...table(
      ["image", "size, MB", "to pull, MB"],
      images.map(({ name, sizeMb, pullMb }) => [name, String(sizeMb), String(pullMb)]),
    ),
    "",
    ...table(
      ["pod", "started, ms", "ready, ms", "most memory, MB", "stopped in, ms", "exit"],
      pods.map((pod) => [
        ...[
          pod.pod,
          show(pod.startedMs),
          show(pod.readyMs),
          String(pod.peakMb),
          String(pod.stopMs),
          String(pod.exit),
        ],
      ]),
    ),
    "",
  ].join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length))
  );
  const line = (row: readonly string[]) =>
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)).join(
      "  ",
    ).trimEnd();
  return [line(head), ...rows.map(line)];
}
