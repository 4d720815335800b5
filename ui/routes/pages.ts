/** The pages in the order of the navigation. */
import { decisionsPage } from "./decisions.tsx";
import { livePage } from "./index.tsx";
import type { PageRoute } from "./page_route.ts";
import { replayPage } from "./replay.tsx";
import { statePage } from "./state.tsx";

export const PAGES: readonly PageRoute[] = [livePage, decisionsPage, statePage, replayPage];
