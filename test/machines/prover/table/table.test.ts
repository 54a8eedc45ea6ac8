// The promise of the product, counted: a definition that is broken by one small mistake is found before it runs, and a
// good one that looks like it is not complained of. Method: all tables of such definitions, each looked at by
// `workflow check` and `check --deep`; `mistakes.txt` and `more-mistakes.txt` were written without looking at what is
// found. A warning that rests on values that were not tried is no finding. What nobody finds stands in the table,
// without its `!`.
import { describe, expect, test } from 'vitest';
import { definitionText } from '../../../support/definition-text.ts';
import { absentInputs } from '../../language/presence/absent-inputs.ts';
import { failedTasks, unanswered } from '../../language/presence/failed-tasks.ts';
import { skippedTasks } from '../../language/presence/skipped-tasks.ts';
import { rowsIn, world } from '../../language/world/test-world.ts';
import { brokenDefinitions } from '../deep/broken-definitions.ts';
import { findingsOf, isHedged } from './found.ts';
import { type Pair, pairsIn } from './rows.ts';

type Around = typeof world | undefined;
type Broken = { readonly text: string; readonly code: string | undefined; readonly around: Around };
type Good = { readonly title: string; readonly text: string; readonly around: Around };

const mistakes = [...pairsIn('mistakes.txt'), ...pairsIn('more-mistakes.txt')];
const tricky = pairsIn('tricky-good.txt');
const absent = [...absentInputs, ...skippedTasks, ...failedTasks, ...unanswered];
const ofWorld = (name: string) => rowsIn(name).flatMap(([, rows]) => rows);

const broken: readonly Broken[] = [
  ...mistakes.map(({ broken: text, code }) => ({ text, code, around: world })),
  ...ofWorld('broken.txt').map(({ text, error, warning }) => ({
    text,
    code: `definition.${(error ?? warning ?? '').split(' ')[0]}`,
    around: world,
  })),
  ...absent.map((each) => ({
    text: definitionText(each.tasks.replace('@@', each.broken), (each.head ?? '').replace('@@', each.broken)),
    code: 'definition.may-be-absent',
    around: undefined,
  })),
  ...brokenDefinitions.map((each) => ({
    text: played(each, each.broken),
    code: each.code,
    around: undefined,
  })),
];

const good: readonly Good[] = [
  ...[...mistakes, ...tricky].map(({ title, good: text }) => ({ title, text, around: world })),
  ...ofWorld('good.txt').map(({ title, text }) => ({ title, text, around: world })),
  ...absent.map((each) => ({
    title: each.title,
    text: definitionText(each.tasks.replace('@@', each.good), (each.head ?? '').replace('@@', each.good)),
    around: undefined,
  })),
  ...brokenDefinitions.map((each) => ({
    title: each.name,
    text: played(each, each.mended),
    around: undefined,
  })),
];

function played({ tasks, head = '' }: (typeof brokenDefinitions)[number], place: string): string {
  const at = (text: string) => text.replaceAll('@@', () => place);

  return definitionText(tasks.map((task) => `- ${at(task)}`).join('\n'), at(head));
}

const looked = new Map<string, ReturnType<typeof findingsOf>>();

/** What is found in a definition, which is looked at once. */
function saidOf(text: string, around: Around): ReturnType<typeof findingsOf> {
  const said = looked.get(text) ?? findingsOf(text, around);
  looked.set(text, said);

  return said;
}

const found = (text: string, around: Around) => saidOf(text, around).filter((each) => !isHedged(each));
const isFound = ({ text, code, around }: Broken) =>
  code !== undefined && found(text, around).some((each) => each.code === code);

describe.each(mistakes.filter(({ code }) => code !== undefined))('$family: $title', (pair: Pair) => {
  test(`is found: ${pair.code}`, () => {
    expect(found(pair.broken, world).map(({ code }) => code)).toContain(pair.code);
  });
});

const patiently = { timeout: 300_000 };

test('95 % of at least 120 broken definitions are found before they run', patiently, () => {
  const all = broken.map(isFound);
  const fresh = all.slice(0, mistakes.length);
  const share = (each: readonly boolean[]) => each.filter(Boolean).length / each.length;

  expect(fresh.length).toBeGreaterThanOrEqual(420);
  expect(all.length).toBeGreaterThanOrEqual(620);
  expect(share(fresh)).toBeGreaterThanOrEqual(0.95);
  expect(share(all)).toBeGreaterThanOrEqual(0.95);
});

test('none of at least 120 good ones has an error, and two at most a hedged warning', patiently, () => {
  const said = good.map(({ title, text, around }) => ({ title, findings: saidOf(text, around) }));
  const wrong = said.flatMap(({ title, findings }) =>
    findings.filter(({ severity }) => severity === 'error').map(({ code }) => `${title}: ${code}`),
  );
  const hedged = said.filter(({ findings }) => findings.some(isHedged)).map(({ title }) => title);

  expect(good.length).toBeGreaterThanOrEqual(660);
  expect(wrong).toEqual([]);
  expect(hedged.length, hedged.join('; ')).toBeLessThanOrEqual(2);
});
