import { Handle, type Node, type NodeProps, type Position } from '@xyflow/react';
import { StatusGlyph } from '../parts/status-glyph.tsx';
import { statusLook } from '../parts/status-look.ts';
import type { DrawnNode } from './map-graph.ts';

type BoxData = {
  readonly node: DrawnNode;
  readonly isSelected: boolean;
  readonly onSelect: ((id: string) => void) | undefined;
  readonly begin: Position;
  readonly end: Position;
};

/** A task, or a group of tasks; types that are not known look like any other. */
export function GraphBox({ data }: NodeProps<Node<BoxData, 'box'>>) {
  const { node, isSelected, onSelect } = data;

  return (
    <div
      className={node.isGroup ? 'graph-box group' : 'graph-box'}
      data-hue={node.hue}
      data-current={node.isCurrent}
      data-reached={node.status !== undefined && node.status !== 'PENDING'}
      data-selected={isSelected}
    >
      <Handle type="target" position={data.begin} isConnectable={false} />
      <button type="button" aria-pressed={isSelected} title={node.label} onClick={() => onSelect?.(node.id)}>
        <span className="graph-name">{node.name ?? node.id}</span>
        <BoxState node={node} />
      </button>
      <Handle type="source" position={data.end} isConnectable={false} />
    </div>
  );
}

/** On one line, as far as there is room: how it is, what it is, and what it has to say. */
function BoxState({ node }: { readonly node: DrawnNode }) {
  const { status, type, note, counts } = node;
  const look = status === undefined ? undefined : statusLook(status);
  const passes = Object.entries(counts ?? {}).map(([of, count]) => `${count} ${statusLook(of).word}`);
  const words = [look?.word, look !== undefined && type === 'SIMPLE' ? '' : type, note, ...passes];

  return (
    <span className="graph-state">
      {look === undefined ? null : (
        <span>
          <StatusGlyph glyph={look.glyph} size={11} />
        </span>
      )}
      <span>{words.filter((word) => word !== undefined && word !== '').join(' · ')}</span>
    </span>
  );
}
