/** A file system in memory, as feeds see one. */
import type { FeedFiles } from "./feed_paths.ts";

type Content = string | Uint8Array | Error;

/** @param files Content by path; an error is what reading it gives. Folders are what the paths imply. */
export function memoryFiles(files: Readonly<Record<string, Content>>): FeedFiles {
  const isFolder = (path: string) =>
    path === "." || Object.keys(files).some((file) => file.startsWith(`${path}/`));
  return {
    stat(path) {
      const isFile = Object.hasOwn(files, String(path));
      if (!isFile && !isFolder(String(path))) return Promise.reject(new Deno.errors.NotFound("os error 2"));
      return Promise.resolve({ isFile, isDirectory: !isFile } as Deno.FileInfo);
    },
    readFile(path) {
      const content = files[String(path)];
      if (content === undefined) return Promise.reject(new Deno.errors.NotFound("os error 2"));
      if (content instanceof Error) return Promise.reject(content);
      return Promise.resolve(
        (typeof content === "string" ? new TextEncoder().encode(content) : content) as Uint8Array<
          ArrayBuffer
        >,
      );
    },
    async *readDir(path) {
      const prefix = path === "." ? "" : `${String(path).replace(/\/$/, "")}/`;
      const below = Object.keys(files).filter((file) => file.startsWith(prefix))
        .map((file) => file.slice(prefix.length).split("/"));
      const seen = new Set<string>();
      for (const [name, ...rest] of below) {
        if (name === "" || seen.has(name)) continue;
        seen.add(name);
        yield { name, isFile: rest.length === 0, isDirectory: rest.length > 0, isSymlink: false };
      }
    },
  };
}
