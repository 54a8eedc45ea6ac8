import type { WhatIf } from '../../../machines/prover/what-if/what-if.ts';
import type { WhatIfReport } from '../../ports/runs/what-ifs.ts';
import { howOf, whatIfVerdict } from '../../projections/definition/what-if-words.ts';
import { shortIds } from '../../terminal/render/short-id.ts';
import { formatTable } from '../../terminal/render/table.ts';
import { oneLine } from '../../terminal/render/width.ts';
import type { Output } from '../output.ts';

/** What each run would have done, one line per run. A scenario is called by its whole name. */
export function whatIfTable(
  { columns, paint }: Output,
  reports: readonly WhatIfReport[],
  title: 'RUN' | 'SCENARIO' = 'RUN',
): string {
  const ids = title === 'RUN' ? shortIds(reports.map(({ run }) => run)) : new Map<string, string>();
  const width = columns();

  return formatTable(
    [
      title === 'RUN' ? { title } : { title, flexible: true },
      { title: 'STATUS' },
      { title: 'DEFINITION', givesWay: 1 },
      { title: 'WOULD' },
      { title: 'HOW', flexible: true },
    ],
    reports.map(({ run, status, definition: { id, version }, whatIf }) => [
      ids.get(run) ?? run,
      status,
      `${id} v${version}`,
      whatIfVerdict(whatIf),
      oneLine(howOf(whatIf)),
    ]),
    { ...(width === undefined ? {} : { columns: width }), title: paint.dim },
  );
}

/** How many runs would have gone which way. */
export function countsOf(reports: readonly WhatIfReport[]) {
  const count = (kind: WhatIf['kind']) => reports.filter(({ whatIf }) => whatIf.kind === kind).length;

  return {
    total: reports.length,
    same: count('same'),
    diverging: count('diverges'),
    needing: count('needs'),
    untold: count('untold'),
  };
}

/** The same in words: `3 runs by orders v2: 2 the same, 1 diverges`. */
export function countsText(by: string, reports: readonly WhatIfReport[], what = 'run'): string {
  const { total, same, diverging, needing, untold } = countsOf(reports);
  const parts = [
    `${same} the same`,
    ...(diverging === 0 ? [] : [`${diverging} ${diverging === 1 ? 'diverges' : 'diverge'}`]),
    ...(needing === 0 ? [] : [`${needing} ${needing === 1 ? 'needs' : 'need'} what was never recorded`]),
    ...(untold === 0 ? [] : [`of ${untold} it cannot be told`]),
  ];

  return `${total} ${what}${total === 1 ? '' : 's'} by ${by}: ${parts.join(', ')}`;
}
