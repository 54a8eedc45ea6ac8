import type { Json } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/run-events.ts';
import type { Definition } from '../../../machines/definition.ts';
import { checkInput } from '../../../machines/language/check-input.ts';
import { isMapping } from '../../../machines/language/mapping.ts';
import { partedInput } from '../../../machines/run/record/parted-input.ts';
import { redact } from '../../../machines/run/record/redact.ts';
import type { RunSecrets } from '../../ports/access/secrets.ts';

type Inputs = Readonly<Record<string, Json>>;

/**
 * The input of the child run as it may be recorded; its secrets are stored for that run. A secret for an input that
 * is not marked as secret is refused: the child would get `***` and go on with it.
 */
export async function childInput(
  runSecrets: RunSecrets,
  definition: Pick<Definition, 'id' | 'input'>,
  given: {
    readonly child: string;
    readonly value: Json;
    readonly as: string;
    readonly hidden: readonly string[];
  },
): Promise<
  { readonly ok: true; readonly value: Inputs } | { readonly ok: false; readonly error: ErrorData }
> {
  const checked = startInput(definition, given.value, given.as);
  if (!checked.ok) return checked;
  const { open, secret } = partedInput(definition, checked.value);
  const exposed = Object.keys(open).find(
    (name) => redact(open[name] ?? null, given.hidden) !== (open[name] ?? null),
  );
  if (exposed !== undefined) return { ok: false, error: exposing(definition.id, exposed) };
  if (Object.keys(secret).length > 0) await runSecrets.keep(given.child, secret);

  return { ok: true, value: open };
}

function exposing(definition: string, name: string): ErrorData {
  return {
    code: 'child.secret-input',
    message: `the input ${name} of ${definition} would hold a secret; mark it \`secret: true\` there`,
    retryable: false,
  };
}

/** What a run starts another one with, with the defaults of that one; a value that is no mapping goes by `name`. */
function startInput(
  definition: Pick<Definition, 'id' | 'input'>,
  value: Json,
  name: string,
): { readonly ok: true; readonly value: Inputs } | { readonly ok: false; readonly error: ErrorData } {
  const checked = checkInput(definition, isMapping(value) ? value : { [name]: value });
  if (checked.ok) return { ok: true, value: checked.input };
  const message = `the input for ${definition.id} does not fit: ${checked.problems.map((each) => each.message).join('; ')}`;

  return { ok: false, error: { code: 'child.bad-input', message, retryable: false } };
}
