import type { LoadedDefinition } from '../../machines/language/load-definition.ts';
import type { Refusal } from '../../machines/run/decide/command.ts';
import type { Authority } from '../ports/access/authority.ts';
import type { DefinitionStore, PublishMark } from '../ports/definitions/definition-store.ts';

/** Registers a definition that is new, or says why whoever asks may not. What is registered already all may use. */
export async function register(
  {
    definitions,
    authority,
  }: { readonly definitions: DefinitionStore; readonly authority?: Authority | undefined },
  {
    definition,
    file,
    published,
  }: {
    readonly definition: LoadedDefinition;
    readonly file: string;
    readonly published?: PublishMark;
  },
  actor: string,
): Promise<Refusal | undefined> {
  const { ref, text } = definition;
  const refusal = authority?.refusal(actor, { kind: 'define', definition: ref.id });
  if (refusal !== undefined && (await definitions.byId(ref.id, ref.version))?.ref.hash !== ref.hash) {
    return refusal;
  }
  await definitions.register({ ref, text, file, ...(published === undefined ? {} : { published }) });

  return undefined;
}
