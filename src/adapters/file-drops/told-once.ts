/** How many problems are told at a time; of a folder full of them the first say enough. */
const toldMax = 20;

/** Tells problems by what they are about: each once, until it is gone or another one. */
export function createToldOnce(tell: (message: string) => void): (now: ReadonlyMap<string, string>) => void {
  let told: ReadonlyMap<string, string> = new Map();

  return (now) => {
    const fresh = [...now].filter(([about, message]) => told.get(about) !== message);
    for (const [, message] of fresh.slice(0, toldMax)) tell(message);
    if (fresh.length > toldMax) tell(`and ${fresh.length - toldMax} more like these`);
    told = new Map(now);
  };
}
