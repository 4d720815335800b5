/** Unpacks the named files of a wheel. Python reads the archive, as pip needs it anyway. */
import { probe, type SetupContext } from "./setup_context.ts";
import { SetupError } from "./setup_error.ts";
import type { Extraction } from "./wheel_pins.ts";

const UNPACK_DEADLINE_MS = 15 * 60_000;

/** Arguments: archive, folder, then pairs of from and to. Prints "total N", then "done N" as bytes are written. */
const UNPACK_SCRIPT = `
import os, shutil, sys, zipfile
archive, folder = sys.argv[1:3]
pairs = list(zip(sys.argv[3::2], sys.argv[4::2]))
def target(name):
    for start, to in pairs:
        if name.endswith("/"):
            continue
        if start.endswith("/") and name.startswith(start):
            return to + name[len(start):]
        if name == start:
            return to
    return None
with zipfile.ZipFile(archive) as wheel:
    chosen = [(entry, target(entry.filename)) for entry in wheel.infolist() if target(entry.filename)]
    missing = [start for start, _ in pairs if not any(e.filename.startswith(start) for e, _ in chosen)]
    if missing:
        sys.exit("the archive does not hold " + ", ".join(missing))
    print("total", sum(entry.file_size for entry, _ in chosen), flush=True)
    done = said = 0
    root = os.path.realpath(folder)
    for entry, to in chosen:
        path = os.path.realpath(os.path.join(root, to))
        if os.path.commonpath([root, path]) != root:
            sys.exit("the archive holds an unsafe path: " + entry.filename)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with wheel.open(entry) as source, open(path, "wb") as sink:
            while block := source.read(1 << 20):
                sink.write(block)
                done += len(block)
                if done - said >= 1 << 22:
                    said = done
                    print("done", done, flush=True)
    print("done", done, flush=True)
`;

/** @param onBytes Told how many bytes are written, and of how many. */
export async function unpackWheel(
  context: SetupContext,
  archive: string,
  extraction: Extraction,
  folder: string,
  onBytes: (done: number, total: number) => void,
): Promise<void> {
  let total = 0;
  const outcome = await probe(context, "python3", [
    "-c",
    UNPACK_SCRIPT,
    archive,
    folder,
    ...extraction.files.flatMap(({ from, to }) => [from, to]),
  ], {
    deadlineMs: UNPACK_DEADLINE_MS,
    onLine: (line) => {
      const [, word, number] = /^(total|done) (\d+)$/.exec(line) ?? [];
      if (word === "total") total = Number(number);
      if (word === "done") onBytes(Number(number), total);
    },
  });
  if (outcome.code !== 0) {
    throw new SetupError(
      `Cannot unpack ${extraction.wheel.file} as every file of it must be readable and there must be room for it: ` +
        outcome.stderr.trim().split("\n").at(-1),
      `free some space on the cache's disk, or remove ${archive} and start again`,
    );
  }
}
