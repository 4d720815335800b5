/** The version in the address: `?version=m-…`. Choosing one changes the address, so that it can be passed on. Browser only. */
import { signal } from "@preact/signals";
import { useShared } from "./page_signals.ts";
import type { ModelRow } from "./run_views.ts";

/** Null while nobody has chosen: then the version that decides is shown. */
export const chosenVersion = signal<string | null>(null);

export function chooseVersion(version: string | null): void {
  chosenVersion.value = version;
  const address = new URL(location.href);
  if (version === null) address.searchParams.delete("version");
  else address.searchParams.set("version", version);
  history.replaceState(history.state, "", address);
}

/** The version that was chosen, or else the one that decides, or else the last that was judged. */
export function useShownVersion(): ModelRow | undefined {
  const { current, rows } = useShared("models");
  const asked = chosenVersion.value ?? current?.version;
  return rows.find(({ version }) => version === asked) ?? rows[0];
}

/** Takes up the address; to be called once the islands are there, which the server drew without a choice. */
export function loadVersion(): void {
  chosenVersion.value = new URL(location.href).searchParams.get("version");
}
