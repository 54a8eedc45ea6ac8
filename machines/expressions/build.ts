import { buildCall, buildMethod } from './calls.ts';
import { ExpressionRefused, failed } from './failure.ts';
import type { Evaluate, Site } from './frame.ts';
import { buildChoice, buildJunction } from './logic.ts';
import { buildLoop } from './loops.ts';
import { buildMember, buildName, buildPresence, isOptional } from './members.ts';
import { isForbidden } from './names.ts';
import { buildBinary } from './operators.ts';
import type { Node } from './tree.ts';
import { needBoolean, needNumber, needText } from './values.ts';

/** Compiles a tree to a function. Throws `ExpressionRefused`; the function throws `ExpressionFailure`. */
export function build(tree: Node, source: string): Evaluate {
  return buildNode(tree, { source, locals: new Map(), depth: 0, build: buildNode });
}

function buildNode(node: Node, site: Site): Evaluate {
  const below = (child: Node): Evaluate => buildNode(child, site);
  if (isOptional(node)) throw withoutValue(node, site);

  switch (node.kind) {
    case 'literal':
      return () => node.value;
    case 'name':
      return buildName(node.name, site);
    case 'member':
      return buildMember(node, site);
    case 'has': {
      const presence = buildPresence(node.of, site);
      return (frame) => presence(frame) !== undefined;
    }
    case 'call':
      return buildCall(node, site);
    case 'method':
      return buildMethod(node, site);
    case 'loop':
      return buildLoop(node, site);
    case 'list': {
      const items = node.items.map(below);
      return (frame) => items.map((item) => item(frame));
    }
    case 'map':
      return buildMap(node.entries.map(([key, value]) => [below(key), below(value)] as const));
    case 'choice':
      return buildChoice(below(node.when), below(node.yes), below(node.no));
    case 'and':
    case 'or':
      return buildJunction(node.kind === 'or', below(node.left), below(node.right));
    case 'not':
    case 'negate':
      return buildPrefix(node.kind, below(node.of));
    case 'binary':
      return buildBinary(node.operator, below(node.left), below(node.right));
  }
}

function withoutValue({ start, end }: Node, { source }: Site): ExpressionRefused {
  return new ExpressionRefused(
    `${source.slice(start, end).trim()} may have no value; add .orValue(...)`,
    start,
  );
}

function buildMap(entries: readonly (readonly [Evaluate, Evaluate])[]): Evaluate {
  return (frame) =>
    Object.fromEntries(
      entries.map(([key, value]) => {
        const name = needText(key(frame), 'a key of a map');
        if (isForbidden(name)) throw failed(`"${name}" must not be a key`);
        return [name, value(frame)];
      }),
    );
}

function buildPrefix(kind: 'not' | 'negate', of: Evaluate): Evaluate {
  if (kind === 'not') return (frame) => !needBoolean(of(frame), '"!"');

  return (frame) => 0 - needNumber(of(frame), 'the sign "-"');
}
