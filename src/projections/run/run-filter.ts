// What a filter and an order of the index of runs mean, for an index that has its runs in memory; one that is a database
// asks it in its own words, and a contract holds them together.
import { triggerOf } from '../../../machines/triggers/trigger-of.ts';
import type { RunOrder, RunPlace, RunsFilter } from '../../ports/runs/run-index.ts';
import type { RunSummary } from '../../ports/runs/workflows.ts';
import { fitsTerms } from '../where.ts';
import { shownStatusOfLine } from './shown-status.ts';

type Fits = (line: RunSummary) => boolean;

export function fitsFilter(filter: RunsFilter): Fits {
  const { terms, text, shown, within } = filter;
  const fits: readonly Fits[] = [
    ...(terms === undefined ? [] : [fitsTerms(terms)]),
    ...(text === undefined || text === '' ? [] : [(line: RunSummary) => says(line, text)]),
    ...(shown === undefined ? [] : [(line: RunSummary) => shown.includes(shownStatusOfLine(line))]),
    ...(within === undefined ? [] : [(line: RunSummary) => isUnderWay(line, within)]),
    (line) => isSo(line, filter) && isOf(line, filter) && isRecent(line, filter),
  ];

  return (line) => fits.every((each) => each(line));
}

function says({ run, head }: RunSummary, text: string): boolean {
  return [run, head.definition.id, triggerOf(head), head.error ?? ''].some((each) =>
    each.toLowerCase().includes(text),
  );
}

function isUnderWay({ head }: RunSummary, { from, to }: NonNullable<RunsFilter['within']>): boolean {
  return head.startedAt < to && (head.endedAt ?? from) >= from;
}

function isSo({ head, damage }: RunSummary, { isEnded, isDamaged, isPart }: RunsFilter): boolean {
  return (
    (isEnded ?? head.endedAt !== undefined) === (head.endedAt !== undefined) &&
    (isDamaged ?? damage !== undefined) === (damage !== undefined) &&
    (isPart ?? head.parent !== undefined) === (head.parent !== undefined)
  );
}

function isOf({ run, head }: RunSummary, { definition, hashes, prefix }: RunsFilter): boolean {
  return (
    (definition === undefined || head.definition.id === definition) &&
    (hashes === undefined || hashes.includes(head.definition.hash)) &&
    (prefix === undefined || run.startsWith(prefix))
  );
}

function isRecent(
  { head, updatedAt, position }: RunSummary,
  { startedFrom, updatedFrom, behind }: RunsFilter,
): boolean {
  return (
    (startedFrom === undefined || head.startedAt >= startedFrom) &&
    (updatedFrom === undefined || updatedAt >= updatedFrom) &&
    (behind === undefined || position > behind)
  );
}

/** Where a run stands in an order, and which parts of that go from the highest to the lowest. */
export const runOrders: Readonly<
  Record<
    RunOrder,
    { readonly place: (line: RunSummary) => RunPlace; readonly descending: readonly boolean[] }
  >
> = {
  updated: { place: ({ updatedAt, run }) => [updatedAt, run], descending: [true, true] },
  changed: { place: ({ position }) => [position], descending: [true] },
  started: { place: ({ head, run }) => [head.startedAt, run], descending: [true, true] },
  definition: {
    place: ({ head, run }) => [head.definition.id, head.startedAt, run],
    descending: [false, true, true],
  },
  status: {
    place: (line) => [shownStatusOfLine(line), line.updatedAt, line.run],
    descending: [false, true, true],
  },
  ended: { place: ({ head, run }) => [head.endedAt ?? '', run], descending: [true, true] },
};
