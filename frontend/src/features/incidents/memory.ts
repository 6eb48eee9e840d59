/** Where the person was in the queue, so that leaving an incident leads back there. */
import type { Filters } from "./filters";

type Place = { filters: Filters; offset: number; opened?: string };

let place: Place | null = null;

export const queueMemory = {
  get: () => place,
  scrolled(filters: Filters, offset: number): void {
    place = { filters, offset };
  },
  opened(filters: Filters, number: string): void {
    place = { offset: place?.offset ?? 0, filters, opened: number };
  },
};
