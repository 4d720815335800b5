/** Pictures of every page for docs/: `deno run -A ui/testing/screenshots.ts <address of a page that runs>`. */
import { fileURLToPath } from "node:url";
import { PAGES } from "../routes/pages.ts";
import { findChromium, startChromium } from "./chromium.ts";

const FOLDER = fileURLToPath(new URL("../../docs/screenshots", import.meta.url));
/** Charts load and draw, tables fetch. */
const SETTLE_MS = 4_000;
const LOOKS = [
  { ending: "", theme: "dark", width: 1440, height: 900, of: PAGES },
  { ending: "-light", theme: "light", width: 1440, height: 900, of: PAGES.slice(0, 1) },
  { ending: "-phone", theme: "dark", width: 390, height: 844, of: PAGES.slice(0, 1) },
] as const;

const [url] = Deno.args;
const executable = findChromium();
if (url === undefined || executable === null) {
  throw new Error("Cannot take pictures as there must be an address of a running page, and a Chromium");
}
await Deno.mkdir(FOLDER, { recursive: true });
await using browser = await startChromium(executable);
for (const { ending, theme, width, height, of } of LOOKS) {
  const context = await browser.newContext({ viewport: { width, height } });
  await context.addInitScript(`localStorage.setItem("theme", "${theme}")`);
  for (const { path, name } of of) {
    const page = await context.newPage();
    await page.goto(new URL(path, url).href);
    await page.locator(".connection:has-text('Connected')").waitFor();
    await page.waitForTimeout(SETTLE_MS);
    await page.screenshot({ path: `${FOLDER}/${name.toLowerCase()}${ending}.png` });
    await page.close();
  }
  await context.close();
}
