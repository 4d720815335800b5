/** Looks whether results can be written before the work that makes them. */

/** @param option Its name on the command line. @throws {RangeError} If the file cannot be written. It stays as it is. */
export async function checkFile(option: string, path: string): Promise<void> {
  const before = await Deno.stat(path).catch(() => null);
  try {
    if (before?.isDirectory) throw new Error("it is a folder");
    (await Deno.open(path, { write: true, create: true })).close();
  } catch (cause) {
    throw refusal(option, "a file that can be written", path, cause, "its folder is not there");
  }
  if (before === null) await Deno.remove(path);
}

/** Makes the folder where it is not there. @throws {RangeError} If nothing can be written into it. */
export async function checkFolder(option: string, path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
    await Deno.remove(await Deno.makeTempFile({ dir: path, prefix: ".probe-" }));
  } catch (cause) {
    const why = cause instanceof Deno.errors.AlreadyExists ? "it is a file" : "it cannot be made";
    throw refusal(option, "a folder that can be written", path, cause, why);
  }
}

/** What cannot be written costs no figures: they are told all the same.
 * @returns What went wrong, in words. */
export async function faultsOf(
  writes: readonly [what: string, write: () => Promise<void>][],
): Promise<string[]> {
  const faults: string[] = [];
  for (const [what, write] of writes) {
    await write().catch((cause) => faults.push(`Cannot ${what}: ${cause.message}`));
  }
  return faults;
}

function refusal(option: string, rule: string, path: string, cause: unknown, absent: string): RangeError {
  const isPlain = cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.AlreadyExists;
  const why = isPlain ? absent : (cause as Error).message;
  return new RangeError(`Cannot write --${option} as it must be ${rule}, ${path}: ${why}`, { cause });
}
