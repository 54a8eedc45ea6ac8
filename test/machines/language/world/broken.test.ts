// Definitions that are fine by themselves and wrong in their world, or in the order of what they do, each by one small
// mistake; and good ones that look like them. Method: tables (broken.txt, good.txt); of each broken one the one error,
// or the warning, that `workflow check` has to say; of the good ones none, but about something else.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { definitionOf, foundIn } from './test-world.ts';

type Row = {
  readonly title: string;
  readonly text: string;
  readonly error?: string;
  readonly warning?: string;
};

/** `##` begins a family, `#` a row; `>` are lines of the workflow, `-` tasks, `!` is the error, `?` the warning. */
function rowsIn(name: string): readonly (readonly [family: string, rows: readonly Row[]])[] {
  const text = readFileSync(new URL(name, import.meta.url), 'utf8');

  return text.split(/^## /m).flatMap((family) => {
    const [title = '', ...rows] = family.split(/^# /m);

    return rows.length === 0 ? [] : [[title.trim(), rows.map(rowOf)] as const];
  });
}

function rowOf(text: string): Row {
  const [title = '', ...lines] = text.trimEnd().split('\n');
  const marked = (mark: string) =>
    lines.flatMap((line) => (line.startsWith(`${mark} `) ? [line.slice(2)] : []));
  const [error] = marked('!');
  const [warning] = marked('?');

  return {
    title,
    text: definitionOf(marked('-'), marked('>')),
    ...(error === undefined ? {} : { error }),
    ...(warning === undefined ? {} : { warning }),
  };
}

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
