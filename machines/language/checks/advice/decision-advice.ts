import type { Finding } from '../../finding.ts';
import type { Outline } from '../../outline.ts';

/** A decision without a default may take no case at all; the run then goes on without what the cases would start. */
export function adviseDecisions({ sites }: Outline): readonly Finding[] {
  return sites.flatMap(({ task, path }): readonly Finding[] => {
    if (task.type !== 'DECISION' || task.defaultNext !== undefined) return [];
    const sure = new Set(task.cases.filter((each) => each.condition === undefined).map((each) => each.value));
    if (sure.has('true') && sure.has('false')) return [];
    const message = 'the cases are not exhaustive: with any other value nothing is started; add a default';

    return [
      {
        code: 'definition.not-exhaustive',
        severity: 'warning',
        message,
        path: [...path, 'decision_cases'],
        at: 'key',
      },
    ];
  });
}
