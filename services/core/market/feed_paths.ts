/** Which files a path means: one file, those of a folder, or those that fit a pattern. */
import { join } from "node:path";

/** What is needed of a file system; `Deno` itself is one. */
export type FeedFiles = Pick<typeof Deno, "readFile" | "readDir" | "stat">;

/** A pattern is followed through at most so many entries of folders. */
const MAX_ENTRIES = 100_000;
const MAX_FILES = 10_000;

/** @param path A file, a folder (its files with the extension, gzipped or not, and not those of folders in it) or a pattern with
 * `*` (any text in a name), `?` (one character) and `**` (any folders). Links to files count as files; links to folders are not
 * followed, as they may lead back.
 * @returns At least one, in the order of their names.  @throws {RangeError} If there is none, or too many. */
export async function feedPaths(
  path: string,
  extension: string,
  files: FeedFiles,
): Promise<readonly string[]> {
  const found = await kindOf(path, files);
  if (found === "file") return [path];
  if (found === "none" && !/[*?]/.test(path)) {
    throw new RangeError(`Cannot read ${path} as the file must exist: it is not there`);
  }
  const paths = found === "folder"
    ? (await entriesOf(path, files)).filter(({ isFile, name }) =>
      isFile && [`.${extension}`, `.${extension}.gz`].some((end) => name.toLowerCase().endsWith(end))
    ).map(({ name }) => join(path, name))
    : await matching(path, files);
  if (paths.length === 0) {
    const rule = found === "folder"
      ? `the folder must hold .${extension} files`
      : "a file must fit the pattern";
    throw new RangeError(`Cannot read ${path} as ${rule}: there is none`);
  }
  if (paths.length > MAX_FILES) {
    throw new RangeError(
      `Cannot read ${path} as it may mean at most ${MAX_FILES} files: it means ${paths.length}`,
    );
  }
  return paths.sort();
}

/** The folder or file that must be readable for a path: of a pattern, what stands before its first wildcard. */
export function readableRoot(path: string): string {
  const wild = path.search(/[*?]/);
  if (wild < 0) return path;
  const slash = path.lastIndexOf("/", wild);
  return slash < 0 ? "." : path.slice(0, slash) || "/";
}

async function kindOf(path: string, { stat }: FeedFiles): Promise<"file" | "folder" | "none"> {
  try {
    const { isDirectory } = await stat(path);
    return isDirectory ? "folder" : "file";
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return "none";
    throw new RangeError(`Cannot read ${path} as it must be readable: ${(cause as Error).message}`, {
      cause,
    });
  }
}

type Entry = Pick<Deno.DirEntry, "name" | "isFile" | "isDirectory">;

async function entriesOf(folder: string, files: FeedFiles): Promise<Entry[]> {
  try {
    return await Array.fromAsync(files.readDir(folder), async ({ name, isFile, isDirectory, isSymlink }) => ({
      name,
      isDirectory,
      isFile: isFile || isSymlink && !await leadsToFolder(join(folder, name), files),
    }));
  } catch (cause) {
    throw new RangeError(
      `Cannot read ${folder} as the folder must be readable: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}

/** A link that leads nowhere is taken for a file: whoever reads it says so. */
async function leadsToFolder(link: string, { stat }: FeedFiles): Promise<boolean> {
  try {
    return (await stat(link)).isDirectory;
  } catch {
    return false;
  }
}

async function matching(pattern: string, files: FeedFiles): Promise<string[]> {
  const root = readableRoot(pattern);
  const fits = new RegExp(`^${expressionOf(pattern)}$`);
  const isDeep = pattern.includes("**");
  const depth = pattern.split("/").length;
  const paths: string[] = [];
  const folders = [root];
  let entries = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    if (await kindOf(folder, files) !== "folder") continue;
    for (const { name, isFile, isDirectory } of await entriesOf(folder, files)) {
      if (++entries > MAX_ENTRIES) {
        throw new RangeError(
          `Cannot read ${pattern} as at most ${MAX_ENTRIES} entries of folders may be looked at: there are more`,
        );
      }
      const path = root === "." && !pattern.startsWith("./")
        ? join(folder, name)
        : `${folder.replace(/\/$/, "")}/${name}`;
      if (isFile && fits.test(path)) paths.push(path);
      if (isDirectory && (isDeep || path.split("/").length < depth)) folders.push(path);
    }
  }
  return paths;
}

/** A wildcard fits no name that starts with a dot. */
function expressionOf(pattern: string): string {
  return pattern.split("/").map((part, index, parts) => {
    const end = index === parts.length - 1 ? "" : "/";
    if (part === "**") return `(?:[^/.][^/]*/)*`;
    const text = part.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*").replaceAll("?", "[^/]");
    return `${/^[*?]/.test(part) ? "(?!\\.)" : ""}${text}${end}`;
  }).join("");
}
