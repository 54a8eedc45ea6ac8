import type { z } from '@hono/zod-openapi';
import type { Recorded, StartedRun, StartRequest } from '../../api/commands.ts';
import { referredDefinitions } from '../../operations/definitions/referred-definitions.ts';
import {
  type DefinitionSources,
  refuseUnlessExecutable,
  resolveDefinition,
} from '../../operations/definitions/resolve-definition.ts';
import type { Answer } from '../../ports/runs/workflows.ts';
import { type ApiDeps, type Caller, RequestRefused } from '../api.ts';
import { checkedInput } from './checked-input.ts';

type Deps = Pick<ApiDeps, 'workflows' | 'definitionFiles'>;

/** Checks everything and starts a run. Rejects with RequestRefused, DefinitionRefused. */
export async function startRun(
  deps: Deps,
  caller: Caller,
  { definition: name, draft, input: given, idempotencyKey: key }: z.output<typeof StartRequest>,
): Promise<StartedRun> {
  const sources = definitionSources(deps);
  const found = await resolveDefinition(sources, name, { draft });
  refuseUnlessExecutable(found);
  const referred = await referredDefinitions(sources, found);
  const { loaded, file } = found;
  const started = recorded(
    await deps.workflows.start({
      definition: loaded,
      file,
      alongside: referred.found.map((each) => ({ definition: each.loaded, file: each.file })),
      input: checkedInput(loaded.definition, given),
      actor: caller.actor,
      ...(key === undefined ? {} : { key }),
    }),
  );

  return {
    ...started,
    definition: loaded.ref,
    ...(found.draft === undefined ? {} : { draft: found.draft }),
  };
}

/** What a command led to. Throws RequestRefused with the refusal of the engine. */
export function recorded(answer: Answer): Recorded {
  if (answer.ok) return { run: answer.run, sequence: answer.sequence };

  throw new RequestRefused(answer.refusal);
}

/** Whoever asks over HTTP reaches no other file than those of the project and of the library. */
function definitionSources({ workflows, definitionFiles }: Deps): DefinitionSources {
  return {
    registered: workflows,
    files: definitionFiles,
    fileAt: async (path) => (await definitionFiles.list()).find(({ file }) => file === path),
  };
}
