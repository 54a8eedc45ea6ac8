import type { PublishReport } from '../../api/definitions.ts';

/** What publishing would do to the latest runs, in a sentence. */
export function comparedText({ reports, against, definition }: PublishReport): string {
  if (reports.length === 0)
    return `There is no run of ${definition.id} to compare version ${definition.version} with.`;
  const count = (outcome: PublishReport['reports'][number]['outcome']) =>
    reports.filter((report) => report.outcome === outcome).length;
  const [same, different, untold] = [count('same'), count('different'), count('untold')];
  const by = against === undefined ? '' : ` of version ${against.version}`;
  const parts = [
    `${same} would have gone the same way`,
    ...(different > 0 ? [`${different} another way`] : []),
    ...(untold > 0 ? [`of ${untold} it cannot be told`] : []),
  ];

  return `Of the latest ${reports.length} runs${by}, ${parts.join(', ')}.`;
}

/** What becomes of runs that are under way. */
export function underWayText({ running, runningBy }: Pick<PublishReport, 'running' | 'runningBy'>): string {
  if (running === 0) return 'No run of an earlier version is under way.';
  const by = runningBy.map(({ version, runs }) => `${runs} of v${version}`).join(', ');

  return `${running} ${running === 1 ? 'run' : 'runs'} of earlier versions ${running === 1 ? 'goes' : 'go'} on by ${running === 1 ? 'its' : 'their'} own: ${by}.`;
}

/** The changes of input and output, for callers, in one sentence. */
export function changesText(changes: PublishReport['changes']): string {
  const breaking = changes.filter(({ breaks }) => breaks).length;
  const count = `${changes.length} ${changes.length === 1 ? 'change' : 'changes'} of inputs, outputs, triggers and tasks`;

  return breaking === 0
    ? `${count}, none of which breaks a use of it.`
    : `${count}, ${breaking} of which may break a use.`;
}

/** The hypothetical outcome of one run in a few words. */
export function verdictText({ outcome, at }: PublishReport['reports'][number]): string {
  switch (outcome) {
    case 'same':
      return 'same';
    case 'different':
      return at === undefined ? 'differs' : `differs at event ${at}`;
    case 'untold':
      return 'cannot be told';
  }
}
