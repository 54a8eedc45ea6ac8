import type { SafeChange } from '../simulation/bugs/bug.ts';

/** Changes of the core that no journal can differ by: they are no faults, and nothing has to find them. */
export const safeChanges: readonly SafeChange[] = [
  {
    name: 'end-while-paused',
    what: 'A run that is resumed does not look whether its last task settled during the pause.',
    file: 'machines/chart/run/root.js',
    find: 'guard: ({ context }) => allSettled(context.run),',
    replace: 'guard: () => false,',
    because:
      'Whatever brings the run back to `running` has it look within the same event: see `afterRoot` in arrival.ts.',
  },
];
