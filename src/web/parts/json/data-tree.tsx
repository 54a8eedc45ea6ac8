import type { Json } from '../../api/json.ts';

export type DataTreeProps = {
  readonly value: Json | undefined;
  /** Paths such as `items.0.name` that stand out. */
  readonly changed?: ReadonlySet<string>;
  /** The number of levels open at first: 2. */
  readonly openDepth?: number;
  /** What it is, for screen readers. */
  readonly label: string;
};

const CHILDREN_MAX = 200;

/** Any JSON as a tree that opens and closes. What is hidden says so. */
export function DataTree({ value, changed = new Set(), openDepth = 2, label }: DataTreeProps) {
  return (
    <section className="tree" aria-label={label}>
      <Branch name={undefined} value={value} path="" depth={0} changed={changed} openDepth={openDepth} />
    </section>
  );
}

type BranchProps = {
  readonly name: string | undefined;
  readonly value: Json | undefined;
  readonly path: string;
  readonly depth: number;
  readonly changed: ReadonlySet<string>;
  readonly openDepth: number;
};

function Branch(props: BranchProps) {
  const { name, value, path, depth, changed, openDepth } = props;
  const children = childrenOf(value);
  const mark = changed.has(path) ? 'changed' : undefined;
  const label = name === undefined ? null : <span className="soft">{name}: </span>;
  if (children === undefined || children.length === 0) {
    return (
      <span className={mark}>
        {label}
        {leafText(value)}
      </span>
    );
  }

  return (
    <details open={depth < openDepth}>
      <summary className={mark}>
        {label}
        <span className="soft">{closedText(value, children.length)}</span>
      </summary>
      <ul>
        {children.slice(0, CHILDREN_MAX).map(([key, child]) => (
          <li key={key}>
            <Branch
              {...props}
              name={key}
              value={child}
              path={path === '' ? key : `${path}.${key}`}
              depth={depth + 1}
            />
          </li>
        ))}
        {children.length > CHILDREN_MAX && (
          <li className="soft">... {children.length - CHILDREN_MAX} more</li>
        )}
      </ul>
    </details>
  );
}

/** The values inside of a value with their names; undefined where it has no inside. */
function childrenOf(value: Json | undefined): readonly (readonly [string, Json])[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;

  return Object.entries(value) as readonly (readonly [string, Json])[];
}

/** A value on one line. */
function leafText(value: Json | undefined): string {
  return value === undefined ? '-' : JSON.stringify(value);
}

/** What a closed branch says of itself: `[3 items]`, `{2 fields}`. */
function closedText(value: Json | undefined, count: number): string {
  const word = Array.isArray(value) ? 'item' : 'field';
  const said = `${count} ${word}${count === 1 ? '' : 's'}`;

  return Array.isArray(value) ? `[${said}]` : `{${said}}`;
}
