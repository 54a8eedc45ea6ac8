/**
 * Seeds that showed a bug of the engine, kept for ever. The schedule of a seed changes when the simulator or the engine
 * does, so each bug has a test of its own beside the code, too.
 */
export const found: readonly { readonly seed: number; readonly what: string }[] = [
  { seed: 1298, what: 'a run begun by an engine that had lost its shard was worked on by nobody' },
  { seed: 1238, what: 'a command that had been recorded was refused when it came again to another engine' },
  { seed: 1432, what: 'a command that came again to another engine was recorded twice' },
  { seed: 2468, what: 'a signal that came again to another engine was recorded twice' },
  { seed: 2049, what: 'a timer was recorded as fired before it was due, after a clock had been set back' },
  { seed: 10213, what: 'a worker began an attempt that was given to another agent while its report waited' },
  { seed: 2978, what: 'one damaged run kept the only worker of an agent from everything else' },
  { seed: 5178, what: 'a heartbeat that came late took an attempt again that its worker had given back' },
];
