/** Whether the account may trade: since when, why and who says so; and how it is changed, which this page cannot. */
import { Badge } from "../components/badge.tsx";
import { Card } from "../components/card.tsx";
import { Fact } from "../components/fact.tsx";
import { count, duration } from "../components/format.ts";
import { useNowMs, useShared } from "../live/page_signals.ts";
import { useTimes } from "../live/times.ts";

export default function KillSwitch() {
  const { control } = useShared("system");
  const { account } = useShared("settings");
  const timeframe = useShared("feed")?.timeframe;
  const [nowMs, times] = [useNowMs(), useTimes()];
  const halted = control?.state === "halted";
  return (
    <Card title="Kill switch" kind="kill-switch" aside={<span>account {account}</span>}>
      <p>
        <Badge tone={halted ? "bad" : "good"}>{halted ? "Trading is halted" : "Trading is allowed"}</Badge>
      </p>
      {control === null
        ? <p class="reason">Nobody has halted this account since it began.</p>
        : (
          <dl class="facts">
            <Fact name="Since">
              {times.moment(control.atMs)} {times.zoneName} ({duration(nowMs - control.atMs)})
            </Fact>
            <Fact name="By">{control.by}</Fact>
            <Fact name="Why">{control.reason}</Fact>
            <Fact name="Positions">
              {halted ? control.flatten ? "are closed" : "stay as they are" : "as decided"}
            </Fact>
            <Fact name="At the close of">
              {control.barMs === null
                ? "no bar: by hand"
                : `${times.bar(control.barMs, timeframe)} ${times.barZone(timeframe)}`}
            </Fact>
            <Fact name="Changes">{count(control.revision)}, resumed {count(control.resumes)} times</Fact>
          </dl>
        )}
      <p class="reason">
        This page only shows it. To change it: <code>deno task {halted ? "resume" : "halt"}</code>.
      </p>
    </Card>
  );
}
