import type { IncomingHttpHeaders } from 'node:http';
import { isLoopbackName, nameOfHost } from './host-name.ts';

export type GuardOptions = {
  /** Bound to the machine itself. */
  readonly isLoopback: boolean;
  /** Names and addresses that it is reached by, in lower case. */
  readonly hosts: readonly string[];
};

type Asked = {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
};
type Refused = { readonly code: string; readonly message: string };

const urlLengthMax = 8_000;
const shownMax = 100;
const looking: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Why a request is not even looked at: it is meant for another server, or another site makes a browser send it. */
export function guarded(asked: Asked, options: GuardOptions): Refused | undefined {
  return hostRefusal(asked, options) ?? urlRefusal(asked) ?? siteRefusal(asked) ?? headRefusal(asked);
}

/** A name that leads here without our knowing is one that somebody else made lead here. */
function hostRefusal(
  { headers: { host = '' } }: Asked,
  { isLoopback, hosts }: GuardOptions,
): Refused | undefined {
  const name = nameOfHost(host);
  const isOurs = isLoopbackName(name) || hosts.includes(name) || (!isLoopback && isAddress(name));
  if (isOurs) return undefined;
  const shown = JSON.stringify(host.slice(0, shownMax));

  return {
    code: 'http.host',
    message: `this server is not known as ${shown}; if it shall be, start it with \`workflow serve --allow-host\``,
  };
}

/** No name server says where an address leads. */
function isAddress(name: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || name.startsWith('[');
}

function urlRefusal({ url = '' }: Asked): Refused | undefined {
  if (url.length > urlLengthMax)
    return { code: 'http.url', message: `the address is longer than ${urlLengthMax} characters` };
  if (!url.startsWith('/'))
    return { code: 'http.url', message: 'the address has to be a path on this server' };
  const [path = ''] = url.split('?');

  return path.split('/').every(isPlain)
    ? undefined
    : {
        code: 'http.url',
        message: 'the path has a part that is no name, such as ".." or a control character',
      };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const notInNames = /[\u0000-\u001f\u007f\\]/;

function isPlain(part: string): boolean {
  const text = decoded(part);
  if (text === undefined || notInNames.test(text)) return false;

  return !text.split('/').some((name) => name === '.' || name === '..');
}

/** As the routes will read it: `/%61pi/` is `/api/`. */
function pathOf(url: string): string {
  const [path = ''] = url.split('?');

  return decoded(path) ?? path;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/**
 * Browsers say which site made them ask, and other programs do not. What only looks may be asked for from anywhere but
 * by a browser for another site, which another port of this machine is, too.
 */
function siteRefusal({ method = '', url = '', headers }: Asked): Refused | undefined {
  const isApi = /^\/(api|hooks)\//.test(pathOf(url));
  if (!isApi && looking.has(method)) return undefined;
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  const isOwn =
    (site === undefined || site === 'same-origin' || site === 'none') &&
    (origin === undefined || hostOf(origin) === headers.host?.toLowerCase());
  if (isOwn) return undefined;
  const shown = JSON.stringify(String(origin ?? site).slice(0, shownMax));

  return {
    code: 'http.origin',
    message: `another site, ${shown}, may not ask this in the name of its visitor`,
  };
}

/** There is no head without the stream, and nobody to read that. */
function headRefusal({ method, url = '' }: Asked): Refused | undefined {
  if (method !== 'HEAD' || pathOf(url) !== '/api/v1/stream') return undefined;

  return { code: 'http.method', message: '/api/v1/stream takes GET' };
}

function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/?#@]+)$/i.exec(origin)?.[1]?.toLowerCase();
}
