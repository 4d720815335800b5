/** Lets only one set-up on this machine do a step. The operating system frees the lock when its holder dies. */
import { dirname } from "node:path";

const POLL_MS = 200;

/** Runs `body` while this process holds the lock file; `onWait` is called once if another one has it. */
export async function withStepLock<T>(
  path: string,
  options: { readonly onWait: () => void; readonly signal?: AbortSignal },
  body: () => Promise<T>,
): Promise<T> {
  await Deno.mkdir(dirname(path), { recursive: true });
  using file = await Deno.open(path, { create: true, write: true });
  let said = false;
  while (!await file.tryLock(true)) {
    if (!said) options.onWait();
    said = true;
    await pause(POLL_MS, options.signal);
  }
  options.signal?.throwIfAborted();
  return await body();
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
