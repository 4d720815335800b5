/** Replay: past decisions, bar by bar, at an address that can be shared. */
import { Island } from "../island.tsx";
import ReplayPlayer from "../islands/replay_player.tsx";
import type { PageRoute } from "./page_route.ts";

export const replayPage: PageRoute = {
  path: "/replay",
  deepPaths: ["/replay/:symbol", "/replay/:symbol/:bar"],
  name: "Replay",
  key: "r",
  parts: [],
  followsLane: false,
  showsSymbol: true,
  Body: () => <Island of={ReplayPlayer} props={{}} />,
};
