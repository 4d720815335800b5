import { equal, match, notEqual, throws } from "node:assert/strict";
import { systemClock } from "../services/core/runtime/clock.ts";
import { silentLog } from "../services/core/runtime/log.ts";
import { SETTINGS, TEST_ASSETS } from "./testing/page_state.ts";
import { UiServer } from "./ui_server.ts";

const listen = (...ports: number[]) =>
  UiServer.listen({
    ...{ host: "127.0.0.1", ports, assets: TEST_ASSETS, settings: SETTINGS },
    ...{ clock: systemClock, log: silentLog },
  });
const portOf = ({ url }: UiServer) => Number(new URL(url).port);

Deno.test("UiServer.listen() takes the first port that is free, and says which, or that none is", async () => {
  await using first = listen(0);
  const taken = portOf(first);
  await using second = listen(taken, 0);
  notEqual(portOf(second), taken);
  match(await (await fetch(new URL("healthz", second.url))).text(), /./);
  throws(() => listen(taken), {
    message: new RegExp(`as port ${taken} of 127.0.0.1 must be free: another program`),
  });
  equal(portOf(first), taken);
});
