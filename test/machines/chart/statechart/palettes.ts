// Which types of tasks stand in random definitions, how deep, and in what share of them.
import type { Palette } from '../../../support/random-definition.ts';
import { branchUndone, type Counts } from './oracle.ts';

export const palettes: readonly {
  readonly palette: Palette;
  readonly depth: number;
  readonly share: number;
}[] = [
  {
    palette: [
      ...[
        'SIMPLE',
        'SIMPLE',
        'NOOP',
        'EVENT',
        'HTTP',
        'TRANSFORM',
        'SET_VARIABLE',
        'JOIN',
        'DECISION',
        'DECISION',
      ],
      ...['TERMINATE', 'HUMAN', 'WAIT', 'SUB_WORKFLOW'],
    ],
    depth: 0,
    share: 0.3,
  },
  {
    palette: [
      'SIMPLE',
      'SIMPLE',
      'NOOP',
      'DECISION',
      'FORK',
      'FORK',
      'FOR_EACH',
      'DO_WHILE',
      'TERMINATE',
      'JOIN',
      'WAIT',
    ],
    depth: 1,
    share: 0.3,
  },
  {
    palette: [
      'SIMPLE',
      'NOOP',
      'SET_VARIABLE',
      'DECISION',
      'WAIT',
      'SUB_WORKFLOW',
      'HUMAN',
      'FORK',
      'FOR_EACH',
      'DO_WHILE',
    ],
    depth: 2,
    share: 0.2,
  },
  {
    palette: ['SIMPLE', 'SIMPLE', 'SIMPLE', 'NOOP', 'TRANSFORM', 'RACE', 'RACE', 'RACE', 'FORK', 'FOR_EACH'],
    depth: 2,
    share: 0.2,
  },
];

/** What has to come up, so that a generator that makes nothing is noticed. */
const wanted = [
  ...[
    'run.started',
    'run.admitted',
    'run.paused',
    'run.resumed',
    'run.cancelled',
    'run.terminated',
    'run.retried',
  ],
  ...[
    'run.rerun',
    'run.forked',
    'task.started',
    'task.completed',
    'task.failed',
    'task.skipped',
    'task.resolved',
  ],
  ...[
    'timer.fired',
    'decision.made',
    'condition.evaluated',
    'items.listed',
    'loop.evaluated',
    'variables.set',
  ],
  ...[
    'signal.received',
    'approval.granted',
    'approval.change-requested',
    'child.started',
    'child.ended',
    'termination.reached',
  ],
].map((type) => `event ${type}`);
const phases = [
  ...[
    'queued',
    'running',
    'paused',
    'concluding',
    'cancelling',
    'compensating',
    'notifying',
    'completed',
    'failed',
  ],
  ...['timed_out', 'terminated'],
].map((phase) => `phase ${phase}`);

/** What is wanted and never came. */
export function missingFrom(counts: readonly Counts[]): readonly string[] {
  const refused = counts.reduce((sum, each) => sum + each.refused, 0);
  const missing = [...wanted, ...phases, branchUndone].filter(
    (what) => !counts.some(({ of }) => of.has(what)),
  );

  return refused === 0 ? ['a refused event', ...missing] : missing;
}
