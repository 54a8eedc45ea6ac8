import { Handle, type Node, type NodeProps, type Position, useReactFlow, useStoreApi } from '@xyflow/react';
import type { FocusEvent } from 'react';
import { StatusGlyph } from '../parts/status-glyph.tsx';
import { statusLook } from '../parts/status-look.ts';
import { nudge } from './graph-window.ts';
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
  const bringIntoView = useIntoView(node.id);

  return (
    <div
      className={node.isGroup ? 'graph-box group' : 'graph-box'}
      data-hue={node.hue}
      data-current={node.isCurrent}
      data-reached={node.status !== undefined && node.status !== 'PENDING'}
      data-selected={isSelected}
    >
      <Handle type="target" position={data.begin} isConnectable={false} />
      <button
        type="button"
        aria-pressed={isSelected}
        title={node.label}
        onClick={() => onSelect?.(node.id)}
        onFocus={bringIntoView}
      >
        <span className="graph-name">{node.name ?? node.id}</span>
        <BoxState node={node} />
      </button>
      <Handle type="source" position={data.end} isConnectable={false} />
    </div>
  );
}

/** What the keyboard comes to is seen. A click moves nothing: what was pressed would slip away from under it. */
function useIntoView(id: string): (event: FocusEvent<HTMLElement>) => void {
  const flow = useReactFlow();
  const store = useStoreApi();

  return ({ target }) => {
    if (!target.matches(':focus-visible')) return;
    const { zoom, x, y } = flow.getViewport();
    const box = flow.getNodesBounds([id]);
    const seen = {
      x: box.x * zoom + x,
      y: box.y * zoom + y,
      width: box.width * zoom,
      height: box.height * zoom,
    };
    const by = nudge(seen, store.getState());
    if (by.x !== 0 || by.y !== 0) void flow.setViewport({ zoom, x: x + by.x, y: y + by.y });
  };
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
