// The picture of docs/architecture.md: its rooms and arrows, and how it differs from an import graph.

type Picture = {
  /** Name of a room -> its folders and files. */
  readonly rooms: ReadonlyMap<string, readonly string[]>;
  /** `a --> b` */
  readonly arrows: readonly string[];
};

/** Nearly every room imports them: the arrows to them are left out of the picture. */
const knownToAll: readonly string[] = ['core', 'lib'];

/** Reads the lines `name["name: folder, folder"]` and `name --> name`. */
export function pictureOf(markdown: string): Picture {
  const rooms = [...markdown.matchAll(/^ +(\w+)\["\w+: ([^"]+)"\]$/gm)].map(
    ([, name = '', places = '']) => [name, places.split(', ')] as const,
  );

  return {
    rooms: new Map(rooms),
    arrows: [...markdown.matchAll(/^ +(\w+ --> \w+)$/gm)].map(([, arrow = '']) => arrow),
  };
}

/** What the picture says that is not so, and what it leaves out. */
export function differences(
  { rooms, arrows }: Picture,
  files: readonly string[],
  imports: readonly (readonly [string, string])[],
): readonly string[] {
  const roomFor = (file: string): string | undefined =>
    [...rooms].find(([, places]) =>
      places.some((place) => file === place || file.startsWith(`${place}/`)),
    )?.[0];
  const found = new Map<string, string>();
  for (const [from, to] of imports) {
    const [here, there] = [roomFor(from), roomFor(to)];
    if (here === undefined || there === undefined || here === there || knownToAll.includes(there)) continue;
    found.set(`${here} --> ${there}`, `${from} imports ${to}`);
  }

  return [
    ...files
      .filter((file) => roomFor(file) === undefined)
      .map((file) => `${file} is in no room of the picture`),
    ...[...found]
      .filter(([arrow]) => !arrows.includes(arrow))
      .map(([arrow, example]) => `${arrow} is not drawn: ${example}`),
    ...arrows
      .filter((arrow) => !found.has(arrow))
      .map((arrow) => `${arrow} is drawn, and nothing there imports it`),
  ];
}
