/** Does something in a store that nobody may be held up by. */
export type InGoodTime = <Result>(work: () => Promise<Result>) => Promise<Result>;

const PATIENCE_MS = 2_000;
/** For how long a store that let somebody wait in vain is not asked again. */
const REST_MS = 10_000;

/** Gives up after 2 s, and then at once for a while: a thousand runs must not each wait for a store that is away. */
export function inGoodTime(giveUp: (reason: string) => Error): InGoodTime {
  let restsUntil = Number.NEGATIVE_INFINITY;

  return async (work) => {
    if (performance.now() < restsUntil) throw giveUp('nor did it a moment ago');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        restsUntil = performance.now() + REST_MS;
        reject(giveUp(`no answer within ${PATIENCE_MS / 1000} s`));
      }, PATIENCE_MS);
    });
    try {
      return await Promise.race([work(), late]);
    } finally {
      clearTimeout(timer);
    }
  };
}
