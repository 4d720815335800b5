/** What the bench of the page measures with: the page's process, the size of its scripts, its readers, the browser's processor. */
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PORT_LINE = /"url":"(http[^"]+)"/;

/** The page's server in a process of its own, as it is deployed. */
export class PageProcess implements AsyncDisposable {
  readonly url: string;
  readonly #child: Deno.ChildProcess;

  private constructor(url: string, child: Deno.ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  static async start(redisUrl: string): Promise<PageProcess> {
    const built = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", `${ROOT}ui/build.ts`],
      stdout: "null",
      stderr: "inherit",
    }).output();
    if (!built.success) throw new Error("Cannot measure the page as its bundle must be built: it was not");
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", `${ROOT}ui/main.ts`, "--port", "0"],
      cwd: ROOT,
      env: { REDIS_URL: redisUrl },
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    let text = "";
    const lines = child.stdout.pipeThrough(new TextDecoderStream());
    const reader = lines.getReader();
    while (!PORT_LINE.test(text)) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`Cannot measure the page as its server must start: it said ${text}`);
      text += value;
    }
    void (async () => {
      while (!(await reader.read()).done); // its log must not fill the pipe
    })();
    return new PageProcess(PORT_LINE.exec(text)![1]!, child);
  }

  /** What it holds in memory. */
  async memoryMb(): Promise<number> {
    const status = await Deno.readTextFile(`/proc/${this.#child.pid}/status`);
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
  }
}

/** All scripts that the page names, gzipped one by one as they are sent. */
export async function gzippedScriptKb(url: string): Promise<number> {
  const html = await (await fetch(url)).text();
  const named = html.matchAll(/(?:modulepreload" href|type="module" src)="([^"]+)"/g);
  const paths = new Set([...named].map(([, path]) => path!));
  let bytes = 0;
  for (const path of paths) {
    const body = (await fetch(new URL(path, url))).body!;
    bytes += (await new Response(body.pipeThrough(new CompressionStream("gzip"))).arrayBuffer()).byteLength;
  }
  return bytes / 1_000;
}

/** Reads the event stream until the signal aborts. @param onBar Told of each bar's close as it is heard. */
export async function readBars(
  url: string,
  signal: AbortSignal,
  onBar: (barMs: number) => void,
): Promise<void> {
  const answer = await fetch(`${url}events?page=/`);
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  signal.addEventListener("abort", () => void reader.cancel(), { once: true });
  let text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += part.value;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const data = text.slice(0, end).split("\ndata: ")[1];
      text = text.slice(end + 2);
      const message = data === undefined ? {} : JSON.parse(data);
      for (const { barMs } of message.kind === "delta" ? message.points ?? [] : []) onBar(barMs);
    }
  }
}

/** Processor time of all of a browser's processes so far. */
export async function browserCpuSeconds(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}
