import type { Graph } from '../../api/run-parts.ts';

/** The node whose part of the text holds a line: that which begins last at or before it. */
export function nodeAtLine(graph: Graph, line: number): string | undefined {
  const begun = graph.nodes.filter((node) => node.line !== undefined && node.line <= line);
  const latest = begun.toSorted((left, right) => (right.line ?? 0) - (left.line ?? 0))[0];

  return latest?.id;
}

/** The first line of a node's text, counted from 1; undefined if unknown. */
export function lineOfNode(graph: Graph, id: string): number | undefined {
  return graph.nodes.find((node) => node.id === id)?.line;
}
