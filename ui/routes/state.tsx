/** State: what the network sees now, or saw at a bar. */
import { Island } from "../island.tsx";
import StateTable from "../islands/state_table.tsx";
import type { PageRoute } from "./page_route.ts";

export const statePage: PageRoute = {
  path: "/state",
  name: "State",
  key: "s",
  parts: [],
  followsLane: false,
  showsSymbol: true,
  Body: () => <Island of={StateTable} props={{}} />,
};
