/** Folders of the cache that are either whole or not there: built aside, marked, then renamed into place. */
import { basename, dirname, join } from "node:path";

/** The marker, written last: which files the folder must hold, and how long each is. */
interface Marker {
  readonly files: Readonly<Record<string, number>>;
}

const MARKER = "complete.json";
const ASIDE = ".partial-";

/** Whether the folder was finished and the files that its marker names still have their lengths. */
export async function isFinished(folder: string): Promise<boolean> {
  try {
    const { files } = JSON.parse(await Deno.readTextFile(join(folder, MARKER))) as Marker;
    const sizes = await Promise.all(
      Object.entries(files).map(async ([name, bytes]) =>
        (await Deno.stat(join(folder, name))).size === bytes
      ),
    );
    return sizes.length > 0 && sizes.every(Boolean);
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError || error instanceof TypeError) return false;
    throw error;
  }
}

/** Builds `folder` through `fill`, which gets an empty folder beside it. Call it under the step's lock only:
 * what another process left half-written is removed here.
 * @param files The files, relative to the folder, whose presence and length prove that it is whole. */
export async function finishFolder(
  folder: string,
  files: readonly string[],
  fill: (aside: string) => Promise<void>,
): Promise<void> {
  const parent = dirname(folder);
  await Deno.mkdir(parent, { recursive: true });
  await removeLeftovers(parent, basename(folder));
  const aside = join(parent, `${ASIDE}${basename(folder)}-${Deno.pid}`);
  await Deno.mkdir(aside);
  try {
    await fill(aside);
    const sizes: Record<string, number> = {};
    for (const name of files) {
      using file = await Deno.open(join(aside, name), { read: true });
      await file.sync();
      sizes[name] = (await file.stat()).size;
    }
    await Deno.writeTextFile(join(aside, MARKER), JSON.stringify({ files: sizes } satisfies Marker));
    await removeIfThere(folder);
    await Deno.rename(aside, folder);
  } finally {
    await removeIfThere(aside);
  }
}

async function removeLeftovers(parent: string, name: string): Promise<void> {
  for await (const entry of Deno.readDir(parent)) {
    if (entry.name.startsWith(`${ASIDE}${name}-`)) await removeIfThere(join(parent, entry.name));
  }
}

export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}
