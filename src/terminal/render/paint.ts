import colours from 'picocolors';
import { appearanceOf, type Look } from './glyphs.ts';

/** Writes text the way one stream can show it: with or without colours, with or without characters beyond ASCII. */
export type Paint = {
  readonly ascii: boolean;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly look: (look: Look, text: string) => string;
  /** Glyph and word of a status. */
  readonly status: (status: string) => string;
  readonly glyph: (status: string) => string;
};

/** Makes the paint of one stream. */
export function createPaint(options: { readonly colour: boolean; readonly ascii: boolean }): Paint {
  const pen = colours.createColors(options.colour);
  const pens: Readonly<Record<Look, (text: string) => string>> = {
    queued: pen.gray,
    running: pen.cyan,
    waiting: pen.yellow,
    succeeded: pen.green,
    failed: pen.red,
    cancelled: pen.magenta,
  };
  const look = (which: Look, text: string): string => pens[which](text);
  const glyph = (status: string): string => {
    const appearance = appearanceOf(status);
    return look(appearance.look, options.ascii ? appearance.ascii : appearance.glyph);
  };

  return {
    ascii: options.ascii,
    bold: pen.bold,
    dim: pen.dim,
    look,
    glyph,
    status: (status) => `${glyph(status)} ${look(appearanceOf(status).look, appearanceOf(status).word)}`,
  };
}

export type ColourChoice = 'auto' | 'always' | 'never';
type Env = Readonly<Record<string, string | undefined>>;

/** Whether a stream gets colours: `--color` decides, then NO_COLOR, FORCE_COLOR, CLICOLOR, TERM, then the stream. */
export function wantsColour(choice: ColourChoice, env: Env, isTty: boolean): boolean {
  if (choice !== 'auto') return choice === 'always';
  if (isSet(env['NO_COLOR'])) return false;
  if (isSet(env['FORCE_COLOR'])) return env['FORCE_COLOR'] !== '0';
  if (isSet(env['CLICOLOR_FORCE'])) return env['CLICOLOR_FORCE'] !== '0';
  if (env['CLICOLOR'] === '0' || env['TERM'] === 'dumb') return false;

  return isTty;
}

/** Whether only ASCII may be written: the locale is C or POSIX. An environment that names none is taken for modern. */
export function wantsAscii(env: Env): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(isSet);

  return locale === 'C' || locale === 'POSIX';
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
