import type { Json } from '../../events/canonical-json.ts';
import { type Finding, locate } from './finding.ts';
import { isMapping } from './mapping.ts';
import { orderProblems, type Problem } from './problem.ts';
import { kindOf, unknownKey } from './schema/shapes.ts';
import { readSource } from './text/source-text.ts';
import { toJson } from './text/yaml-node.ts';
import { readYaml } from './text/yaml-reader.ts';

/** What stands in a file of settings, or all that is wrong with it. */
export type LoadedSettings<Settings extends object> =
  | ({ readonly ok: true; readonly warnings: readonly Problem[] } & Settings)
  | { readonly ok: false; readonly problems: readonly Problem[] };

type SettingsFile<Settings extends object> = {
  readonly file: string;
  readonly content: Uint8Array | string;
  /** The keys that there are at the top. */
  readonly keys: readonly string[];
  /** What the codes of its problems begin with, such as `agents`. */
  readonly codes: string;
  /** Reads what stands under the keys, and reports what is wrong there. */
  readonly read: (
    raw: Readonly<Record<string, Json>>,
    report: (...findings: readonly Finding[]) => void,
  ) => Settings;
};

/** The text of a file of settings, such as agents.yaml, becomes what it says. Never throws. */
export function loadSettings<Settings extends object>({
  keys,
  codes,
  read,
  ...text
}: SettingsFile<Settings>): LoadedSettings<Settings> {
  const found = readSource(text);
  if (!found.ok) return { ok: false, problems: [found.problem] };
  const { source } = found;
  // The parts that read definitions, too, speak of definitions.
  const own = (problem: Problem): Problem => ({
    ...problem,
    code: problem.code.replace(/^definition\./, `${codes}.`),
  });
  const yaml = readYaml(source);
  if (!yaml.ok) return { ok: false, problems: orderProblems(yaml.problems.map(own)) };

  const { settings, findings } = readTop(toJson(yaml.root), { keys, read });
  const located = findings.map((finding) => locate(source, yaml.root, finding));
  const problems = orderProblems([...yaml.problems, ...located].map(own));
  if (settings === undefined || problems.some(({ severity }) => severity === 'error'))
    return { ok: false, problems };

  return { ok: true, ...settings, warnings: problems };
}

function readTop<Settings extends object>(
  raw: Json,
  { keys, read }: Pick<SettingsFile<Settings>, 'keys' | 'read'>,
): { readonly settings: Settings | undefined; readonly findings: readonly Finding[] } {
  if (!isMapping(raw)) {
    const message = `expected a mapping with the keys ${keys.join(' and ')}, found ${kindOf(raw)}`;
    return { settings: undefined, findings: [{ code: 'definition.not-a-mapping', message, path: [] }] };
  }
  const findings: Finding[] = Object.keys(raw)
    .filter((key) => !keys.includes(key))
    .map((key) => ({
      code: 'definition.unknown-key',
      message: unknownKey(key, keys),
      path: [key],
      at: 'key',
    }));
  const settings = read(raw, (...more) => void findings.push(...more));

  return { settings, findings };
}
