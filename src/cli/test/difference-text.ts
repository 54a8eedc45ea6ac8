import { canonicalJson } from '../../../events/canonical-json.ts';
import type { Transition } from '../../../events/record.ts';
import type { ExpectedRecord, Scenario } from '../../../machines/prover/explore/scenario.ts';
import type { Rehearsed } from '../../ports/runs/rehearsals.ts';
import { moveText } from '../../terminal/render/move-text.ts';
import { oneLine } from '../../terminal/render/width.ts';

export type Difference = Extract<Rehearsed, { readonly ok: false }>;

/** The way up to the move after which a run went another way than its scenario, and what differs there. */
export function differenceLines({ parts }: Scenario, difference: Difference): readonly string[] {
  const { part, expected, found, message } = difference;
  const played = parts.slice(0, part + 1);
  const moves = played.map(({ move, records }, index) => {
    const told = records.map(({ type }) => type).join(', ');
    return `${String(index + 1).padStart(3)}  ${moveText(move)}${index === part || told === '' ? '' : `  (${told})`}`;
  });

  return [
    ...moves,
    `     ${oneLine(message)}`,
    ...recordLines('expected', expected),
    ...recordLines('found', found),
  ];
}

function recordLines(title: string, record: ExpectedRecord | undefined): readonly string[] {
  const label = `     ${title.padEnd(9)}`;
  if (record === undefined) return [`${label}nothing`];
  const { type, fact, transitions } = record;
  const moved = transitions.map(transitionText).join(', ');

  return [
    `${label}${[type, moved].filter((each) => each !== '').join('  ')}`,
    `${' '.repeat(label.length)}${oneLine(canonicalJson(fact))}`,
  ];
}

/** `validate: scheduled -> completed`; without a task for a change of the run. */
export function transitionText({ task, from, to }: Transition): string {
  return `${task === undefined ? '' : `${task}: `}${from} -> ${to}`;
}
