/** A key that was pressed: by its name, or as the text that it writes. */
export type Key =
  | {
      readonly name:
        | 'up'
        | 'down'
        | 'pageup'
        | 'pagedown'
        | 'home'
        | 'end'
        | 'enter'
        | 'escape'
        | 'tab'
        | 'backspace'
        | 'interrupt';
    }
  | { readonly name: 'text'; readonly text: string };

type Pressed = {
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
};

const named: Readonly<Record<string, Exclude<Key['name'], 'text'>>> = {
  up: 'up',
  down: 'down',
  pageup: 'pageup',
  pagedown: 'pagedown',
  home: 'home',
  end: 'end',
  return: 'enter',
  enter: 'enter',
  escape: 'escape',
  tab: 'tab',
  backspace: 'backspace',
};

/** Reads what node:readline tells of a key; undefined for one that means nothing here. */
export function pressedKey(text: string | undefined, { name = '', ctrl, meta }: Pressed): Key | undefined {
  if (ctrl === true) return name === 'c' || name === 'd' ? { name: 'interrupt' } : undefined;
  const known = Object.hasOwn(named, name) ? named[name] : undefined;
  if (known !== undefined) return { name: known };
  const isWritten = meta !== true && text !== undefined && /^\P{Cc}+$/u.test(text);

  return isWritten ? { name: 'text', text } : undefined;
}
