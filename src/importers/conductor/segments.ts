import { loopOver, member, named, nothing } from './cel/make.ts';
import type { Cel } from './cel/tree.ts';
import type { SourcePlace } from './context.ts';
import type { Segment } from './source/path.ts';

/** Goes on from a value over further members, each of which may be missing. `text` is the whole reference. */
export function follow(
  base: Cel,
  segments: readonly Segment[],
  place: SourcePlace,
  text: string,
  depth = 0,
): Cel {
  let value = base;
  for (const [at, segment] of segments.entries()) {
    if (segment.kind === 'name') value = member(value, segment.name);
    else if (segment.kind === 'index') value = member(value, segment.index);
    else if (segment.kind === 'all') {
      const variable = `each${depth === 0 ? '' : depth + 1}`;
      const rest = segments.slice(at + 1);
      const body = follow(named(variable), rest, place, text, depth + 1);
      return rest.length === 0 ? value : loopOver({ loop: 'map', over: value, variable, body });
    } else {
      const reason = `"${segment.text}" is JSONPath that an expression of ours has no word for`;
      place.say.loss(`\${${text}}`, reason, { became: 'null', path: place.pointer });
      return nothing;
    }
  }

  return value;
}
