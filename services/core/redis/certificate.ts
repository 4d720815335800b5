/** By which authority a server of `rediss:` is known, where it is none that the machine knows. */

/** @param redisCaFile Path of its certificate (PEM); null for the machine's own.
 * @returns To be spread into the options of `connectRedis`.  @throws {Deno.errors.NotFound} If there is no such file. */
export async function certificateOf(
  { redisCaFile }: { readonly redisCaFile: string | null },
): Promise<{ ca?: string }> {
  return redisCaFile === null ? {} : { ca: await Deno.readTextFile(redisCaFile) };
}
