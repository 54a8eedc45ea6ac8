import { safeLines } from '../lib/text.ts';
import { apiVersion } from '../projections/api-version.ts';
import {
  type ColourChoice,
  createPaint,
  type Paint,
  wantsAscii,
  wantsColour,
} from '../terminal/render/paint.ts';
import type { TimeStyle } from '../terminal/render/times.ts';
import type { CliIo } from './app.ts';
import type { Failure } from './cli-failure.ts';

/** Options of every command. */
export type GlobalOptions = {
  readonly project?: string;
  readonly json?: boolean;
  readonly time?: TimeStyle;
  readonly quiet?: boolean;
  readonly color: ColourChoice;
  readonly ascii?: boolean;
};

/** The output of a command: data goes to stdout, everything else to stderr. */
export type Output = {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Colours of stdout and of stderr. */
  readonly paint: Paint;
  readonly notePaint: Paint;
  /** Width of tables on stdout; undefined if it is no terminal, so that nothing is cut. */
  readonly columns: () => number | undefined;
  /** Data for people. Omitted with `--json`. */
  readonly data: (text: string) => void;
  /** The JSON document. Only with `--json`. */
  readonly document: (kind: string, content: Readonly<Record<string, unknown>>) => void;
  /** Progress and hints on stderr. Omitted with `--json` and `--quiet`. */
  readonly note: (text: string) => void;
  /** Warnings on stderr, also with `--quiet`. Omitted with `--json`. */
  readonly warn: (text: string) => void;
  readonly failure: (failure: Failure) => void;
};

export function createOutput(io: CliIo, options: GlobalOptions): Output {
  const ascii = options.ascii === true || wantsAscii(io.env);
  const paint = createPaint({ colour: wantsColour(options.color, io.env, io.stdoutIsTty), ascii });
  const notePaint = createPaint({ colour: wantsColour(options.color, io.env, io.stderrIsTty), ascii });
  const text = (value: string): string => `${ascii ? toAscii(value) : value}\n`;
  const { json = false, quiet = false } = options;
  const warn = (value: string): void => {
    if (!json) io.stderr(text(value));
  };

  return {
    json,
    quiet,
    paint,
    notePaint,
    columns: () => (io.stdoutIsTty ? io.columns : undefined),
    data: (value) => {
      if (!json) io.stdout(text(value));
    },
    document: (kind, content) => {
      if (json) io.stdout(`${JSON.stringify({ apiVersion, kind, ...content }, null, 2)}\n`);
    },
    note: (value) => {
      if (!quiet) warn(value);
    },
    warn,
    failure: (failure) => {
      if (json) io.stderr(`${JSON.stringify(failureDocument(failure))}\n`);
      else io.stderr(text(failureText(failure, notePaint)));
    },
  };
}

function failureDocument({ code, message, fix, details, retryable }: Failure) {
  const more = details === undefined ? {} : { [details.key]: details.data };

  return { apiVersion, error: { code, message, ...(fix === undefined ? {} : { fix }), ...more, retryable } };
}

/** What a message quotes may be of anybody: a file, a server, a template. It never moves the cursor. */
function failureText({ code, message, fix, details }: Failure, paint: Paint): string {
  return [
    `${paint.look('failed', 'error')} ${paint.dim(`[${code}]`)} ${safeLines(message)}`,
    ...(details === undefined ? [] : [details.text]),
    ...(fix === undefined ? [] : [`${paint.dim('try:')} ${safeLines(fix)}`]),
  ].join('\n');
}

/** ASCII replacements of our own symbols; text of users is not changed. */
const asciiFor: Readonly<Record<string, string>> = {
  '…': '...',
  '→': '->',
  '█': '#',
  '░': '-',
  '·': '-',
  '⧗': 'S',
};

export function toAscii(text: string): string {
  return text.replace(/[…→█░·⧗]/g, (character) => asciiFor[character] ?? character);
}
