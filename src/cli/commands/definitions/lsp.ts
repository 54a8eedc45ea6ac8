import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { serveEditor } from '../../lsp/language-server.ts';

/** `workflow lsp`: speaks with an editor until that says that it is done. */
export async function lsp(invocation: Invocation): Promise<ExitCode> {
  const { io, hint } = invocation;
  if (io.streams === undefined || io.stdinIsTty) {
    throw new CliFailure(
      'usage.command-line',
      '`workflow lsp` speaks with an editor, not with a person',
      hint('check'),
    );
  }
  await serveEditor(invocation, io.streams);

  return 0;
}
