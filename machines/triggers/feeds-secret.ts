import type { Definition } from '../definition.ts';
import type { CompiledTrigger } from './compiled-trigger.ts';

/** Whether what a trigger is given may become a secret input of the run that it starts: then it is shown nowhere. */
export function feedsSecret({
  definition,
  compiled,
}: {
  readonly definition: Pick<Definition, 'input'>;
  readonly compiled: Pick<CompiledTrigger, 'trigger'>;
}): boolean {
  const { input } = compiled.trigger;
  const isMapping = typeof input === 'object' && input !== null && !Array.isArray(input);
  // Whatever else it says, or says nothing, the members of the data may be any of the inputs.
  const mayGive = (name: string) => !isMapping || Object.hasOwn(input, name);

  return Object.entries(definition.input).some(([name, { secret }]) => secret && mayGive(name));
}
