/** Decisions: every decision of a symbol, and every fill that followed, as tables. */
import { Island } from "../island.tsx";
import DecisionHistory from "../islands/decision_history.tsx";
import FillTable from "../islands/fill_table.tsx";
import type { PageRoute } from "./page_route.ts";

export const decisionsPage: PageRoute = {
  path: "/decisions",
  name: "Decisions",
  key: "d",
  parts: [],
  followsLane: true,
  Body: () => (
    <>
      <Island of={DecisionHistory} props={{}} />
      <Island of={FillTable} props={{}} />
    </>
  ),
};
