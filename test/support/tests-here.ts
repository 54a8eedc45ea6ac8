// Plays definitions in this thread: one of its own starts from what is built.

import { loadDefinition } from '../../machines/language/load-definition.ts';
import { deepCheck } from '../../machines/prover/deep/deep-check.ts';
import { draftCases } from '../../src/compose/definition-tests.ts';
import { createRehearsals } from '../../src/compose/rehearsal.ts';
import { systemClock } from '../../src/compose/system-clock.ts';
import type { DefinitionTests } from '../../src/ports/definitions/definition-tests.ts';
import { deepReport } from '../../src/projections/definition/deep-report.ts';
import { testDefinition } from '../../src/projections/definition/test-definition.ts';
import { testReport } from '../../src/projections/definition/test-report.ts';

export function testsHere(projectDir: string): DefinitionTests {
  return {
    test: async ({ file, text }) => {
      const result = loadDefinition({ file, content: text });
      if (!result.ok) throw new Error(`${file} is not valid`);
      const subject = {
        file,
        path: file,
        loaded: result.loaded,
        cases: await draftCases(projectDir, { file, text }),
      };
      const rehearsals = createRehearsals();

      return testReport(
        await testDefinition(subject, { rehearsals, scenesMax: 2_000, now: () => systemClock.now() }),
      );
    },
    deepCheck: async ({ file, text }) => {
      const result = loadDefinition({ file, content: text });
      if (!result.ok) throw new Error(`${file} is not valid`);

      return deepReport(deepCheck({ loaded: result.loaded, file, scenesMax: 2_000 }));
    },
  };
}
