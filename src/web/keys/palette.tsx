import { type KeyboardEvent, useId, useState } from 'react';
import { useLocation } from 'wouter';
import { useApi } from '../api/client.ts';
import { areas } from '../app-pages.ts';
import { Dialog } from '../parts/dialog.tsx';
import { nextIndex } from '../parts/roving.ts';

const PLACES_MAX = 12;

/** Goes to any page, definition or run by a few letters of its name. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [, navigate] = useLocation();
  const id = useId();
  const places = usePlaces(text);
  const go = (path: string | undefined): void => {
    if (path === undefined) return;
    onClose();
    navigate(path);
  };

  const hear = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') {
      // The focus goes back to what had it, which would be pressed by the rest of this very key.
      event.preventDefault();
      go(places[at]?.path);
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    setAt(nextIndex(event.key, { at, of: Math.max(1, places.length) }) ?? 0);
  };

  return (
    <Dialog title="Go to" isOpen onClose={onClose}>
      <input
        type="search"
        role="combobox"
        aria-label="Page, definition or run"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={places[at] === undefined ? undefined : `${id}-${at}`}
        data-first-focus
        value={text}
        onKeyDown={hear}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
      />
      <div id={id} role="listbox" aria-label="Places" className="places">
        {places.map((place, index) => (
          <div
            key={place.path}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            tabIndex={-1}
            onClick={() => go(place.path)}
            onKeyDown={hear}
          >
            {place.name} <span className="soft">{place.kind}</span>
          </div>
        ))}
      </div>
    </Dialog>
  );
}

type Place = { readonly path: string; readonly name: string; readonly kind: string };

/** Matches of a few letters: pages, definitions to start or to read, and runs. */
function usePlaces(text: string): readonly Place[] {
  const definitions = useApi(['definitions']);
  const runs = useApi(['runs'], { q: text, limit: 5 }, { isEnabled: text !== '', keepsPrevious: true });
  const known = [
    ...areas.flatMap(({ pages }) => pages).map(({ path, label }) => ({ path, name: label, kind: 'page' })),
    ...(definitions.data?.items ?? []).flatMap(({ id }) => [
      { path: `/start/${encodeURIComponent(id)}`, name: id, kind: 'start' },
      { path: `/definitions/${encodeURIComponent(id)}`, name: id, kind: 'definition' },
    ]),
  ];
  const found = text === '' ? [] : (runs.data?.items ?? []);

  return [
    ...known.filter(({ name, kind }) => `${kind} ${name}`.toLowerCase().includes(text.toLowerCase())),
    ...found.map(({ run, key, shortId, definition }) => ({
      path: `/runs/${run}`,
      name: key === undefined ? shortId : `${key} ${shortId}`,
      kind: definition.id,
    })),
  ].slice(0, PLACES_MAX);
}
