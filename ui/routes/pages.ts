/** The pages in the order of the navigation. */
import { decisionsPage } from "./decisions.tsx";
import { livePage } from "./index.tsx";
import { learningPage } from "./learning.tsx";
import { modelsPage } from "./models.tsx";
import type { PageRoute } from "./page_route.ts";
import { replayPage } from "./replay.tsx";
import { statePage } from "./state.tsx";
import { systemPage } from "./system.tsx";

export const PAGES: readonly PageRoute[] = [
  livePage,
  decisionsPage,
  statePage,
  replayPage,
  learningPage,
  modelsPage,
  systemPage,
];
