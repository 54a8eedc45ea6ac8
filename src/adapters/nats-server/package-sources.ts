/** One archive that the machine gets packages from, reduced to what another suite of it needs. */
export type PackageSource = {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** A keyring's path, or an inline key with its continuation lines. */
  readonly signedBy?: string;
  readonly trusted?: string;
};

/** Reads `sources.list` and `*.list`: `deb [options] uri suite component...`, one a line. */
export function parseListSources(text: string): readonly PackageSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    const [, options = '', uri, suite, components = ''] = match ?? [];
    if (uri === undefined || suite === undefined) return [];

    return [source([uri], [suite], words(components), new Map(optionPairs(options)))];
  });
}

/** Reads deb822 `*.sources`: stanzas of `Field: value` with continuation lines. */
export function parseStanzaSources(text: string): readonly PackageSource[] {
  return text.split(/\n[ \t]*\n/).flatMap((stanza) => {
    const fields = stanzaFields(stanza);
    const types = words(fields.get('types') ?? '');
    if (!types.includes('deb') || fields.get('enabled')?.toLowerCase() === 'no') return [];
    const [uris, suites, components] = ['uris', 'suites', 'components'].map((name) =>
      words(fields.get(name) ?? ''),
    );
    if (!uris?.length || !suites?.length) return [];

    return [source(uris, suites, components ?? [], fields)];
  });
}

/** Writes one source that offers `suite` of the same archive, in the stanza format. */
export function formatStanza(from: PackageSource, suite: string, components: readonly string[]): string {
  const lines = [
    'Types: deb',
    `URIs: ${from.uris.join(' ')}`,
    `Suites: ${suite}`,
    `Components: ${components.join(' ')}`,
  ];
  if (from.signedBy !== undefined) lines.push(`Signed-By: ${from.signedBy}`);
  if (from.trusted !== undefined) lines.push(`Trusted: ${from.trusted}`);

  return `${lines.join('\n')}\n`;
}

function source(
  uris: readonly string[],
  suites: readonly string[],
  components: readonly string[],
  fields: ReadonlyMap<string, string>,
): PackageSource {
  const signedBy = fields.get('signed-by');
  const trusted = fields.get('trusted');

  return {
    uris,
    suites,
    components,
    ...(signedBy === undefined ? {} : { signedBy }),
    ...(trusted === undefined ? {} : { trusted }),
  };
}

function optionPairs(options: string): [string, string][] {
  return words(options).map((option) => {
    const at = option.indexOf('=');
    return [option.slice(0, at).toLowerCase(), option.slice(at + 1)];
  });
}

function stanzaFields(stanza: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let current = '';
  for (const line of stanza.split('\n')) {
    if (line.startsWith('#')) continue;
    const field = /^([A-Za-z0-9-]+):\s*(.*)$/.exec(line);
    if (field !== null) {
      current = (field[1] ?? '').toLowerCase();
      fields.set(current, (field[2] ?? '').trim());
    } else if (/^[ \t]/.test(line)) {
      fields.set(current, `${fields.get(current) ?? ''}\n${line.trimEnd()}`);
    }
  }

  return fields;
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
