/** How long each took, in ms, and all of them together. */
export type Load = { readonly times: readonly number[]; readonly seconds: number };

/** One after another in each of `inFlight` lanes, until so many have begun or the time is over. */
export type Amount = { readonly inFlight: number } & ({ readonly runs: number } | { readonly ms: number });

/** Keeps so many under way at any time. */
export async function load(once: () => Promise<unknown>, amount: Amount): Promise<Load> {
  const times: number[] = [];
  let begun = 0;
  const beganMs = performance.now();
  const goesOn = (): boolean =>
    'runs' in amount ? begun < amount.runs : performance.now() - beganMs < amount.ms;
  await Promise.all(
    Array.from({ length: amount.inFlight }, async () => {
      while (goesOn()) {
        begun += 1;
        const startedMs = performance.now();
        await once();
        times.push(performance.now() - startedMs);
      }
    }),
  );

  return { times, seconds: (performance.now() - beganMs) / 1000 };
}
