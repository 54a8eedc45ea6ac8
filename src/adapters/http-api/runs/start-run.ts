import type { z } from '@hono/zod-openapi';
import type { Recorded, StartRequest } from '../../../api/commands.ts';
import type { ApiDeps, Caller } from '../api-deps.ts';
import { mayDo } from '../may-do.ts';
import { checkedInput } from './checked-input.ts';
import { alongsideOf, type Found, foundDefinition } from './found-definition.ts';
import { mayStart } from './may-command.ts';
import { recorded } from './recorded.ts';

/** Checks everything and starts a run. Throws RequestRefused. */
export async function startRun(
  deps: Pick<ApiDeps, 'workflows' | 'definitionFiles'>,
  caller: Caller,
  { definition: name, input: given, idempotencyKey: key }: z.output<typeof StartRequest>,
): Promise<Recorded> {
  const found = await foundDefinition(deps, name);
  const alongside = await alongsideOf(deps, found);
  mayStart(caller, found.definition.definition);
  for (const each of [found, ...alongside]) await mayRegister(deps, caller, each);
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

/** What is registered already all may use. */
async function mayRegister(
  { workflows }: Pick<ApiDeps, 'workflows'>,
  caller: Caller,
  { definition: { ref } }: Found,
): Promise<void> {
  if (caller.level === undefined) return;
  const stored = await workflows.definition(ref.id, ref.version);
  if (stored?.ref.hash !== ref.hash) mayDo(caller, { kind: 'define', definition: ref.id });
}
