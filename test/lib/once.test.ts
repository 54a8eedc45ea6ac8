// One attempt for all who ask meanwhile. Method: count how often the value is made.
import { expect, test } from 'vitest';
import { onceAtATime, oncePerKey } from '../../src/lib/once.ts';

test('who asks for the same key meanwhile shares one attempt, and who asks later gets another', async () => {
  const made: string[] = [];
  const once = oncePerKey(async (key: string) => {
    made.push(key);
    return `${key}${made.length}`;
  });

  expect(await Promise.all([once('a'), once('a'), once('b')])).toEqual(['a1', 'a1', 'b2']);
  expect(await once('a')).toBe('a3');
});

test('a failed attempt fails for all who shared it, and is not kept', async () => {
  let tries = 0;
  const once = onceAtATime(async () => {
    tries += 1;
    if (tries === 1) throw new Error('away');
    return tries;
  });

  const both = await Promise.allSettled([once(), once()]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await once()).toBe(2);
});
