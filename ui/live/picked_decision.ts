/** The decision that the reader picked to look at; null follows the newest. Browser only: on the server it stays null. */
import { signal } from "@preact/signals";

export const pickedBarMs = signal<number | null>(null);
