/** Runs some at a time. Pure. */

/** Results in the order of the inputs. */
export async function inParallel<T, R>(
  inputs: readonly T[],
  atATime: number,
  run: (input: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const left = inputs.entries();
  await Promise.all(Array.from({ length: atATime }, async () => {
    for (const [index, input] of left) results[index] = await run(input);
  }));
  return results;
}
