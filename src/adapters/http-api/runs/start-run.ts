import type { z } from '@hono/zod-openapi';
import type { Recorded, StartRequest } from '../../../api/commands.ts';
import type { ApiDeps, Caller } from '../api-deps.ts';
import { checkedInput } from './checked-input.ts';
import { alongsideOf, foundDefinition } from './found-definition.ts';
import { recorded } from './recorded.ts';

/** Checks everything and starts a run. Throws RequestRefused. */
export async function startRun(
  deps: Pick<ApiDeps, 'workflows' | 'definitionFiles'>,
  caller: Caller,
  { definition: name, input: given, idempotencyKey: key }: z.output<typeof StartRequest>,
): Promise<Recorded> {
  const found = await foundDefinition(deps, name);
  const alongside = await alongsideOf(deps, found);
  const input = checkedInput(found.definition.definition, given);

  return recorded(
    await deps.workflows.start({
      ...found,
      alongside,
      input,
      actor: caller.actor,
      ...(key === undefined ? {} : { key }),
    }),
  );
}
