const idLine = /^( +id: *)(.*)$/m;
const versionLine = /^( +version: *)(\d+)(.*)$/m;

/** The same text for a definition of another id. Comments and the order of everything stay as they are. */
export function withId(text: string, id: string): string {
  return text.replace(idLine, (_, lead: string) => `${lead}${id}`);
}

/** The same text with another version. */
export function textWithVersion(text: string, version: number): string {
  return text.replace(
    versionLine,
    (_, lead: string, _old: string, rest: string) => `${lead}${version}${rest}`,
  );
}

/** The id as it stands in the text, which may be half written. */
export function idIn(text: string): string | undefined {
  const id = idLine
    .exec(text)?.[2]
    ?.replace(/\s+#.*$/, '')
    .trim();

  return id === undefined || id === '' ? undefined : id;
}

/** An id for a copy that nobody has yet: `orders-copy`, `orders-copy-2`. */
export function freeId(id: string, taken: ReadonlySet<string>): string {
  const base = `${id}-copy`;
  if (!taken.has(base)) return base;
  const number = Array.from({ length: taken.size + 1 }, (_, index) => index + 2).find(
    (candidate) => !taken.has(`${base}-${candidate}`),
  );

  return `${base}-${number ?? 2}`;
}

/** The smallest definition that can be started: what an empty editor begins with. */
export const emptyDefinition = `workflow:
  id: my-workflow
  name: My workflow
  version: 1
  description: What it is for, in a line.

  input:
    properties:
      who:
        type: string
        default: world

  tasks:
    - id: greet
      name: Greet
      type: TRANSFORM
      output:
        greeting: hello \${workflow.input.who}
`;
