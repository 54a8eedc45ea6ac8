import { isUtf8 } from 'node:buffer';
import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import { TaskError } from '../../ports/handler.ts';

/** The result that a command's output stands for: JSON when it is JSON, `{ stdout }` otherwise. */
export function parseOutput(bytes: Buffer): Json {
  const text = bytes.toString('utf8');
  const value = parseJson(text);
  if (value !== undefined) return journable(value);

  return {
    stdout: text.trim(),
    // Bytes that are no UTF-8 were replaced, so the text is not what the command wrote.
    ...(isUtf8(bytes) ? {} : { invalid_utf8: true }),
  };
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** JSON text can say more than a journal can hold: 1e400 is infinite, and nesting may be deeper than any stack. */
function journable(value: Json): Json {
  try {
    canonicalJson(value);
    return value;
  } catch (cause) {
    throw new TaskError(
      'command.invalid-output',
      `the command printed JSON that cannot be recorded: ${cause}`,
      {
        cause,
      },
    );
  }
}
