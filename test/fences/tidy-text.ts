// What the plain text of a file can tell about tidiness. Each function answers with `path:line: what is wrong`.
// The needles are built from pieces, so that this file does not hold what it looks for.
import { homedir } from 'node:os';
import { root } from './repository-files.ts';

const LINE_LENGTH_MAX = 120;

const leftover = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'HA' + 'CK', 'X' + 'XX'].join('|')})\\b`);

/** `src/lib` and its tests are the one leaf that everybody may import; nothing else is called so. */
const vagueNames = /(^|\/)(utils?|helpers?|common|misc|shared|(?<!^(src|test)\/)lib|lib(?=\.))(\/|\.[a-z]+$)/;

/** The formatter breaks code and leaves comments alone. A text is not broken for the sake of the margin. */
export function longComments(path: string, text: string): readonly string[] {
  return linesWhere(path, text, (line) => {
    const isComment = /^\s*(\/\/|\/?\*)/.test(line);
    return (
      isComment && line.length > LINE_LENGTH_MAX && `${line.length} characters, at most ${LINE_LENGTH_MAX}`
    );
  });
}

/** What is worth doing is done, or written down where work is planned. */
export function leftovers(path: string, text: string): readonly string[] {
  return linesWhere(
    path,
    text,
    (line) => leftover.test(line) && 'a leftover: do it, or plan it outside the code',
  );
}

/** A folder is named for what its files are about. */
export function vaguePlaces(path: string): readonly string[] {
  return vagueNames.test(path) ? [`${path}: this name says nothing: name it for what it is about`] : [];
}

/** Nothing in the repository may depend on where or on which network it was written. */
export function localTraces(path: string, text: string): readonly string[] {
  return linesWhere(path, text, (line) => {
    if (machinePaths.some((needle) => needle.test(line))) return 'names a path of one machine';
    if (packageHosts.some((needle) => needle.test(line))) return 'names a host that packages come from';

    return !path.startsWith('src/nats-server/') && releaseUrl.test(line) && 'names a download';
  });
}

/** A path as such, not as the tail of a longer one. */
const absolute = (path: string): RegExp => new RegExp(`(?<![\\w.}*-])${path.replace(/[^\w/]/g, '\\$&')}/`);

const machinePaths = [
  absolute(root.replace(/\/$/, '')),
  absolute(homedir()),
  ...['home', 'Users'].map((folder) => new RegExp(`(?<![\\w.}*-])/${folder}/[a-z]`)),
  ...['root', 'work'].map((folder) => absolute(`/${folder}`)),
];

const releaseUrl = new RegExp(['/relea' + 'ses/', 'download/'].join(''));

const known = [
  'registry.np' + 'mjs',
  'npm' + 'mirror',
  'registry.yarn' + 'pkg',
  'py' + 'pi.org',
  'golang' + '.org',
];

/** The registry that this very machine uses, as npm tells its scripts. */
const inUse = [process.env['npm_config_registry'] ?? []].flat().map((url) => new URL(url).hostname);

const packageHosts = [
  ...[...known, ...inUse].map((host) => new RegExp(`\\b${host.replaceAll('.', '\\.')}`)),
  ...['deb' + 'ian', 'ubu' + 'ntu'].map((name) => new RegExp(`[a-z]\\.${name}\\.(org|com)`)),
  /\b(mirrors?|registry|artifactory|nexus|apt|npm|proxy)\.([a-z0-9-]+\.)+(org|com|net|io|dev|internal|corp|lan)\b/,
];

function linesWhere(path: string, text: string, wrong: (line: string) => string | false): readonly string[] {
  return text.split('\n').flatMap((line, at) => {
    const reason = wrong(line);
    return reason === false ? [] : [`${path}:${at + 1}: ${reason}`];
  });
}
