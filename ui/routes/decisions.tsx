/** Decisions: every decision of a symbol as a table. */
import { Island } from "../island.tsx";
import DecisionHistory from "../islands/decision_history.tsx";
import type { PageRoute } from "./page_route.ts";

export const decisionsPage: PageRoute = {
  path: "/decisions",
  name: "Decisions",
  key: "d",
  parts: [],
  followsLane: true,
  Body: () => <Island of={DecisionHistory} props={{}} />,
};
