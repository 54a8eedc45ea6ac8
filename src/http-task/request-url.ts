import type { Json } from '../../events/canonical-json.ts';

/** The address, or why no request may go there. `base` is what a relative address starts from. */
export function readUrl(text: Json, base?: URL): URL | string {
  if (typeof text !== 'string') return `${JSON.stringify(text)} is not text`;
  // A URL is read without its line breaks, so an address that was put together wrongly would lead somewhere else.
  if (hasControlCharacter(text)) return 'the address holds a line break or another control character';
  if (!URL.canParse(text, base?.href)) return `${JSON.stringify(text.slice(0, 200))} is not a URL`;

  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return `${url.protocol} is not http: or https:`;
  if (url.username !== '' || url.password !== '') {
    return 'the address holds a user name or a password; send an Authorization header';
  }

  return url;
}

/** The address for people: without the query, which may hold a secret. */
export function shownUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\u007f');
}
