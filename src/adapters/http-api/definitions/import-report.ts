import type { ImportReport } from '../../../api/definition-import.ts';
import type { ImportOutcome } from '../../../ports/definition-import.ts';
import { RequestRefused } from '../api.ts';
import { textProblem } from './text-problem.ts';

/** What an import came to, as it is sent. Throws RequestRefused for a text that is no definition of Conductor. */
export function importReport(outcome: ImportOutcome): ImportReport {
  if (!outcome.ok) throw new RequestRefused(outcome, outcome.fix);

  return {
    definitions: outcome.definitions.map(({ name, id, version, yaml, entries, problems }) => ({
      ...{ name, id, version },
      text: yaml,
      entries: [...entries],
      problems: problems.map(textProblem),
    })),
  };
}
