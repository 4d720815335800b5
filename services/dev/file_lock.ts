/** A lock that a process holds for as long as it lives: the operating system frees it however its holder ends, so that, other than
 * with a process id, nobody else can be taken for the holder. */

export class FileLock implements Disposable {
  readonly #file: Deno.FsFile;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Waits for it; those who only ask hold it up for a moment. @param path A file that is made where it is absent. */
  static async take(path: string): Promise<FileLock> {
    const file = await Deno.open(path, { create: true, write: true });
    await file.lock(true);
    return new FileLock(file);
  }

  /** Null where somebody else holds it. */
  static async tryTake(path: string): Promise<FileLock | null> {
    const file = await Deno.open(path, { create: true, write: true });
    if (await file.tryLock(true)) return new FileLock(file);
    file.close();
    return null;
  }

  /** Whether somebody holds it. Asks with a lock that others who ask may share. */
  static async isHeld(path: string): Promise<boolean> {
    const file = await Deno.open(path).catch((cause) => {
      if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) return null;
      throw cause;
    });
    if (file === null) return false;
    using _closed = file;
    return !await file.tryLock(false);
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
