import { RequestError } from '@nats-io/transport-node';
import type { Link } from './link.ts';

/** An answer that was on its way when the connection broke never comes, and need not be waited for. */
export async function untilBroken<Result>(link: Link, work: Promise<Result>): Promise<Result> {
  let stop = (): void => {};
  const broken = new Promise<never>((_, reject) => {
    stop = link.onDown(() => reject(new RequestError('the connection broke')));
  });
  try {
    return await Promise.race([work, broken]);
  } finally {
    stop();
  }
}
