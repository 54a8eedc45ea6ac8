import type { Json } from '../../../events/canonical-json.ts';
import type { RunView } from '../../ports/runs/workflows.ts';

/** The input of a run as people and programs may see it: a secret says that it is there, never what it is. */
export function shownInput({ definition, state }: RunView): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    Object.entries(state.input).map(([name, value]): [string, Json] => [
      name,
      definition.input[name]?.secret === true ? '[hidden]' : value,
    ]),
  );
}
