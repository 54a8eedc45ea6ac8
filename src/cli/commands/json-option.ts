import type { Json } from '../../../events/canonical-json.ts';
import { InexactNumber, parseJsonText } from '../../../events/json-text.ts';
import { messageOf } from '../../lib/text.ts';
import { CliFailure } from '../cli-failure.ts';

/** The value of a JSON option; undefined if absent. `name` is without dashes. Throws CliFailure. */
export function jsonOption(name: string, text: string | undefined): Json | undefined {
  if (text === undefined) return undefined;
  try {
    return parseJsonText(text);
  } catch (error) {
    if (error instanceof InexactNumber) throw new CliFailure(error.code, `--${name}: ${error.message}`);
    const example = text.trimStart().startsWith('{')
      ? `keys need quotes, and the shell wants the whole in others: --${name} '{"amount": 1}'`
      : `a text needs its quotes, such as --${name} '"done"'`;
    throw new CliFailure(`usage.${name}`, `--${name} ${text} is not JSON: ${messageOf(error)}`, example);
  }
}
