// Which types of tasks stand in random definitions, how deep, and in what share of them.
import type { Palette } from '../../../support/random-definition.ts';

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
    share: 0.4,
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
    share: 0.3,
  },
];
