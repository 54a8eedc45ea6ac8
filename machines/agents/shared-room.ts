/** What one of several engines has of a worker: items there, more that wait, and how many it may have at a time now. */
export type EngineShare = { readonly held: number; readonly waiting: number; readonly room: number };

/**
 * How many items each engine may have at a worker, so that together they have no more than its capacity. What nobody
 * asks for is spread evenly; where more is asked for than there is, each engine gets an equal part, and what one does
 * not need goes to the others. An engine that may have fewer keeps what it has, and nobody gets its place before.
 */
export function sharedRoom(capacity: number, engines: readonly EngineShare[]): readonly number[] {
  const shares = fairShares(
    capacity,
    engines.map(({ held, waiting }) => held + waiting),
  );
  let spare = Math.max(capacity - engines.reduce((sum, { held }) => sum + held, 0), 0);
  // What an engine may have already comes before what it could have besides.
  const kept = engines.map(({ held, room }, at) => {
    const most = Math.min(shares[at] ?? 0, Math.max(room, held));
    const more = Math.min(spare, Math.max(most - held, 0));
    spare -= more;

    return Math.min(most, held + more);
  });

  return kept.map((room, at) => {
    const more = Math.min(spare, (shares[at] ?? 0) - room);
    spare -= more;

    return room + more;
  });
}

function fairShares(capacity: number, wanted: readonly number[]): readonly number[] {
  const shares = wanted.map(() => 0);
  let left = capacity;
  for (;;) {
    const open = wanted.flatMap((each, at) => (each > (shares[at] ?? 0) ? [at] : []));
    if (open.length === 0 || left === 0) break;
    left -= spread(shares, open, { left, most: (at) => (wanted[at] ?? 0) - (shares[at] ?? 0) });
  }
  const all = wanted.map((_, at) => at);
  spread(shares, all, { left, most: () => left });

  return shares;
}

/** Gives each the same, the first ones more where it does not come out even. Returns how much was given. */
function spread(
  shares: number[],
  places: readonly number[],
  { left, most }: { readonly left: number; readonly most: (at: number) => number },
): number {
  let given = 0;
  for (const [index, at] of places.entries()) {
    const part = Math.floor(left / places.length) + (index < left % places.length ? 1 : 0);
    const some = Math.min(part, most(at));
    shares[at] = (shares[at] ?? 0) + some;
    given += some;
  }

  return given;
}
