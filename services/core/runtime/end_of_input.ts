/** How a process notices that its supervisor has ended, however that came about: the pipe that is its standard input closes. */

/** @param host `Deno`.  @returns Resolves when standard input has ended. */
export async function endOfInput({ stdin }: Pick<typeof Deno, "stdin">): Promise<void> {
  for await (const _ of stdin.readable) continue;
}
