/** The system page: who lives, who lags, what was put aside, and whether the account may trade. */
import { Island } from "../island.tsx";
import KillSwitch from "../islands/kill_switch.tsx";
import LeaseTable from "../islands/lease_table.tsx";
import LogTable from "../islands/log_table.tsx";
import ProcessTable from "../islands/process_table.tsx";
import QuarantineTable from "../islands/quarantine_table.tsx";
import StreamTable from "../islands/stream_table.tsx";
import SystemTiles from "../islands/system_tiles.tsx";
import type { PageRoute } from "./page_route.ts";

export const systemPage: PageRoute = {
  path: "/system",
  name: "System",
  key: "y",
  parts: ["system", "quarantine", "quarantined", "log"],
  followsLane: false,
  Body: () => (
    <>
      <Island of={SystemTiles} props={{}} />
      <Island of={ProcessTable} props={{}} />
      <div class="halves">
        <Island of={KillSwitch} props={{}} />
        <Island of={LeaseTable} props={{}} />
      </div>
      <Island of={StreamTable} props={{}} />
      <Island of={QuarantineTable} props={{}} />
      <Island of={LogTable} props={{}} />
    </>
  ),
};
