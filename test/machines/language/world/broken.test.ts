// Definitions that are fine by themselves and wrong in their world, or in the order of what they do, each by one small
// mistake; and good ones that look like them. Method: tables (broken.txt, good.txt); of each broken one the one error,
// or the warning, that `workflow check` has to say; of the good ones none, but about something else.
import { describe, expect, test } from 'vitest';
import { foundIn, rowsIn } from './test-world.ts';

const isError = (line: string) => line.startsWith('error');

describe.each(rowsIn('broken.txt'))('broken: %s', (_, rows) => {
  test.each(rows)('$title', ({ text, error, warning }) => {
    const found = foundIn(text);
    expect(found.filter(isError)).toEqual(
      error === undefined ? [] : [expect.stringContaining(`error ${error}`)],
    );
    if (warning !== undefined) expect(found.join('\n')).toContain(`warning ${warning}`);
  });
});

/** What other checks say of a small definition; it is not what these tests are about. */
const others = /unread-output|retry-without-timeout|not-compensated|not-exhaustive/;

describe.each(rowsIn('good.txt'))('good: %s', (_, rows) => {
  test.each(rows)('$title', ({ text }) => {
    expect(foundIn(text).filter((line) => !others.test(line))).toEqual([]);
  });
});
