/** Compares the system page with what a stranger finds in Redis. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { systemClock, until } from "../../services/core/runtime/clock.ts";
import { quarantineRule } from "../../services/core/telemetry/quarantine_rule.ts";
import { count, moment } from "../components/format.ts";
import { asCell, factsOf, iso, text, untilRows } from "./cells.ts";
import { DEADLINE, type OpenPage } from "./page_tests.ts";
import { downloadedRows } from "./page_tables.ts";
import type { RawRedis } from "./raw_redis.ts";

/** Processes that no longer live, leases, quarantine, log with its filters, memory and control. */
export async function checkSystemPage(page: OpenPage, raw: RawRedis): Promise<void> {
  await checkProcesses(page, raw);
  const leases = await raw.client.hgetall("{paper}:leases");
  deepEqual(
    (await downloadedRows(page, "leases")).map(({ symbol, replica, token }) => [symbol, replica, token]),
    Object.entries(leases).sort().map(([symbol, lease]) => [symbol, ...lease.split("|").slice(0, 2)]),
  );
  await checkQuarantine(page, raw);
  await checkLog(page, raw);
  await checkControl(page, raw);
  const info = await raw.client.info("memory");
  const limit = Number(/^maxmemory:(\d+)/m.exec(info)![1]);
  const told = await page.locator(".memory p").innerText();
  match(told, limit === 0 ? /has no limit of its own/ : new RegExp(`of ${Math.round(limit / 1e6)} MB`));
}

async function checkProcesses(page: OpenPage, raw: RawRedis): Promise<void> {
  const beats = Object.values(await raw.documents("system:heartbeats"))
    .sort((a, b) => text(a.id) < text(b.id) ? -1 : 1);
  await untilRows(page, "processes", beats.length);
  // What has just ended counts as late for some seconds.
  await until(systemClock, "every process gone", async () => {
    const states = await page.locator("[aria-label=processes] tbody td:first-child").allInnerTexts();
    return states.every((state) => state.endsWith("gone"));
  }, DEADLINE);
  const processes = await downloadedRows(page, "processes");
  deepEqual(
    processes.map(({ ageMs: _age, ...row }) => row),
    beats.map(({ id, pid, memoryMb, startedMs, atMs, activity, figures, metricsUrl }) => ({
      state: "gone",
      ...{ id, pid: text(pid), memoryMb: text(memoryMb) },
      upSeconds: text(Math.round((Number(atMs) - Number(startedMs)) / 1_000)),
      activity: asCell(activity),
      figures: Object.entries(figures as object).map(([name, of]) => `${name} ${of}`).join("; "),
      metricsUrl: metricsUrl ?? "",
    })),
  );
  equal((await page.locator(".tiles .tile-value").allInnerTexts())[1], `0 of ${beats.length}`);
}

async function checkQuarantine(page: OpenPage, raw: RawRedis): Promise<void> {
  const put = await raw.newest("system:quarantine", 500);
  await untilRows(page, "quarantine", put.length);
  equal((await page.locator(".tiles .tile-value").allInnerTexts())[6], count(put.length));
  if (put.length === 0) return;
  deepEqual(
    await downloadedRows(page, "quarantine"),
    put.map(({ value: { atMs, process, source, entry, reason, content } }) => ({
      at: iso(atMs),
      process,
      rule: quarantineRule({ source: text(source), entry: text(entry), reason: text(reason) }),
      source: asCell(source),
      entry: asCell(entry),
      reason: asCell(reason),
      content: asCell(content),
    })),
  );
  await page.selectOption("[aria-label='Rule']", "jump");
  await untilRows(
    page,
    "quarantine",
    put.filter(({ value }) => text(value.reason).startsWith("jump: ")).length,
  );
}

async function checkLog(page: OpenPage, raw: RawRedis): Promise<void> {
  const log = await raw.newest("system:log", 500);
  ok(log.length > 0, "the log holds lines");
  await untilRows(page, "log", log.length);
  deepEqual(
    await downloadedRows(page, "log"),
    log.map(({ value: { atMs, level, process, message, fields } }) => ({
      at: iso(atMs),
      ...{ level, process },
      message: asCell(message),
      fields: asCell(fields),
    })),
  );
  await page.selectOption("[aria-label='Least level']", "warn");
  await untilRows(page, "log", log.filter(({ value }) => value.level !== "info").length);
  await page.selectOption("[aria-label='Process']", "core");
  const ofCore = log.filter(({ value }) => value.level !== "info" && value.process === "core");
  await untilRows(page, "log", ofCore.length);
}

async function checkControl(page: OpenPage, raw: RawRedis): Promise<void> {
  const control = await raw.document("control:{paper}");
  const [trading] = await page.locator(".tiles .tile-value").allInnerTexts();
  match(trading!, control?.state === "halted" ? /halted/ : /allowed/);
  if (control === null) {
    match(await page.locator(".kill-switch").innerText(), /Nobody has halted this account/);
    return;
  }
  const facts = await factsOf(page, ".kill-switch");
  ok(facts.Since!.startsWith(`${moment(Number(control.atMs))} UTC`));
  equal(facts.By, control.by);
  equal(facts.Why, control.reason);
  equal(facts.Positions, control.flatten ? "are closed" : "stay as they are");
  equal(facts.Changes, `${count(Number(control.revision))}, resumed ${control.resumes} times`);
}
