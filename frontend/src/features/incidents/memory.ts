/** Where the person was in the queue, so that leaving an incident leads back there. */
import type { Filters } from "./filters";

type Place = { filters: Filters; offset: number };

let place: Place | null = null;

export const queueMemory = {
  get: () => place,
  remember(filters: Filters, offset: number): void {
    place = { filters, offset };
  },
};
