/** Areas remembered; the one that sold longest ago is forgotten first. */
const maxHints = 10_000;
/** More places than any area has. */
export const allPlaces = 100_000;

/** Where free places of an area begin, as far as this process knows. A hint and never the judge: who finds too few from there on looks at the whole area. */
export interface AdmissionHints {
  /** How many places at the beginning of this area are likely to be taken. */
  of(area: string): number;
  /** These places were found free, and all between them and the hint were not. */
  took(area: string, places: readonly { seatLabel: string }[]): void;
  /** The whole area was looked at, and too little is free. */
  nothingLeft(area: string): void;
}

/** The hints of one process. */
export function admissionHints(limit = maxHints): AdmissionHints {
  const past = new Map<string, number>();
  const set = (area: string, places: number) => {
    past.delete(area); // as the newest: setting a key that is there already would leave it in its old position
    past.set(area, places);
    const [oldest] = past.keys();
    if (past.size > limit && oldest !== undefined) past.delete(oldest);
  };
  return {
    of: (area) => past.get(area) ?? 0,
    took: (area, places) => set(area, Math.max(...places.map((place) => Number(place.seatLabel)))),
    nothingLeft: (area) => set(area, allPlaces),
  };
}
