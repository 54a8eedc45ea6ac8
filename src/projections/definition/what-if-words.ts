import type { WhatIf } from '../../../machines/prover/what-if/what-if.ts';
import type { PublishReport } from '../../api/definitions.ts';
import type { WhatIfReport } from '../../ports/runs/what-ifs.ts';

/** What became of a run by another definition, in a few words. */
export function whatIfVerdict(whatIf: WhatIf): string {
  switch (whatIf.kind) {
    case 'same':
      return 'same';
    case 'diverges':
      return `diverges at event ${whatIf.at}`;
    case 'needs':
      return `needs more from event ${whatIf.at}`;
    case 'untold':
      return 'cannot be told';
  }
}

/** The reason in words. */
export function howOf(whatIf: WhatIf): string {
  switch (whatIf.kind) {
    case 'same':
      return `${whatIf.events} events`;
    case 'diverges':
      return whatIf.end === undefined ? whatIf.how : `${whatIf.how}; it would end ${whatIf.end}`;
    case 'needs':
      return whatIf.how;
    case 'untold':
      return whatIf.why;
  }
}

/** The same as it is sent. What needs more than was recorded goes another way, too. */
export function reportInWords({ run, status, whatIf }: WhatIfReport): PublishReport['reports'][number] {
  const isTold = whatIf.kind === 'diverges' || whatIf.kind === 'needs';

  return {
    run,
    status,
    outcome: isTold ? 'different' : whatIf.kind,
    ...(isTold ? { at: whatIf.at } : {}),
    text: [howOf(whatIf)],
  };
}
