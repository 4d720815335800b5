/** Tests of pages in a real browser: what each of them needs. The browser is started for a file's first test and closed after its
 * last. */
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { MemoryKeyspace } from "../../services/core/redis/memory_keyspace.ts";
import { MemoryStore } from "../../services/core/redis/memory_store.ts";
import type { Store } from "../../services/core/redis/store.ts";
import { systemClock, until } from "../../services/core/runtime/clock.ts";
import { silentLog } from "../../services/core/runtime/log.ts";
import { buildClientBundle } from "../build.ts";
import { loadClientAssets } from "../client_assets.ts";
import type { PageSettings } from "../page_settings.ts";
import { UiServer } from "../ui_server.ts";
import { findChromium, startChromium } from "./chromium.ts";
import { SETTINGS } from "./page_state.ts";

export const DEADLINE = { deadlineMs: 20_000 };

const executable = findChromium();
let browser: Browser;

/** A page test; skipped, and saying so, where no browser is installed. */
export function pageTest(name: string, test: () => Promise<void>): void {
  Deno.test({
    name: executable === null ? `${name} (skipped: no Chromium is installed)` : name,
    ignore: executable === null,
    // The browser outlives its tests.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: test,
  });
}

Deno.test.beforeAll(async () => {
  if (executable === null) return;
  await buildClientBundle();
  browser = await startChromium(executable);
});
Deno.test.afterAll(() => browser?.close());

export function memoryStore(): MemoryStore {
  return new MemoryStore({ keyspace: new MemoryKeyspace(), onBadEntry: () => {} });
}

export type ServedPages = UiServer & { stop(): Promise<void> };

/** A server that follows a store. */
export async function serve(
  store: Store,
  { port = 0, settings = SETTINGS }: { port?: number; settings?: PageSettings } = {},
): Promise<ServedPages> {
  const assets = await loadClientAssets(fileURLToPath(new URL("..", import.meta.url)));
  const server = UiServer.listen({
    host: "127.0.0.1",
    ports: [port],
    assets,
    settings,
    clock: systemClock,
    log: silentLog,
  });
  const stop = new AbortController();
  const following = server.follow(store, stop.signal);
  return Object.assign(server, {
    stop: async () => {
      stop.abort();
      await following;
      await server[Symbol.asyncDispose]();
    },
  });
}

/** A page, and what the browser complains about. */
export type OpenPage = Page & { faults: string[] };

export interface PageLook {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: "dark" | "light";
}

export async function open(url: string, look: PageLook = {}): Promise<OpenPage> {
  const { width = 1440, height = 900, theme } = look;
  const page = await browser.newPage({ viewport: { width, height } });
  if (theme !== undefined) await page.addInitScript(`localStorage.setItem("theme", "${theme}")`);
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  await page.goto(url);
  return Object.assign(page, { faults });
}

/** Waits until an element has a text. */
export async function shows(page: Page, selector: string, text: string | RegExp): Promise<void> {
  const expected = typeof text === "string"
    ? (found: string) => found.includes(text)
    : (found: string) => text.test(found);
  let found = "";
  await until(systemClock, `${selector} with ${text}`, async () => {
    found = (await page.locator(selector).allInnerTexts()).join("\n");
    return expected(found);
  }, DEADLINE).catch((cause) => {
    throw new Error(`${cause.message}; it shows: ${found}`);
  });
}
