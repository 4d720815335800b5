/** Looks whether a file can be written before the work that is to fill it. */

/** @throws {RangeError} If it cannot. */
export async function checkDestination(option: string, path: string): Promise<void> {
  const before = await Deno.stat(path).catch(() => null);
  try {
    if (before?.isDirectory) throw new Error("it is a folder");
    (await Deno.open(path, { write: true, create: true })).close();
  } catch (cause) {
    const why = cause instanceof Deno.errors.NotFound ? "its folder is not there" : (cause as Error).message;
    throw new RangeError(
      `Cannot write --${option} as it must be a file that can be written, ${path}: ${why}`,
      {
        cause,
      },
    );
  }
  if (before === null) await Deno.remove(path);
}
