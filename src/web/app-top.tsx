import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { areaOf, areas, isBelow } from './app-pages.ts';
import { LiveDot } from './live/live-dot.tsx';
import { useSession } from './session/session.ts';
import { applyTheme, nextTheme, storedTheme } from './session/theme.ts';
import { useTimeMode } from './time/zone.ts';

/** What stands above every page: where one is, whether it is live, and who one is. */
export function AppTop() {
  const { band } = useSession();
  const [location] = useLocation();
  const area = areaOf(location);

  return (
    <header>
      {band !== undefined && <div className="band">{band}</div>}
      <div className="top">
        <Link href="/" className="brand">
          3OX Workflow
        </Link>
        <nav className="areas" aria-label="Areas">
          {areas.map(({ name, path }) => (
            <Link key={name} href={path} aria-current={name === area ? 'true' : undefined}>
              {name}
            </Link>
          ))}
        </nav>
        <TopEnd />
      </div>
      <nav className="pages-nav" aria-label={area.toLowerCase()}>
        <ul>
          {areas
            .find(({ name }) => name === area)
            ?.pages.map(({ path, label }) => (
              <li key={path}>
                <Link href={path} aria-current={isBelow(location, path) ? 'page' : undefined}>
                  {label}
                </Link>
              </li>
            ))}
        </ul>
      </nav>
    </header>
  );
}

function TopEnd() {
  const { actor, readOnly, namespace, version } = useSession();

  return (
    <div className="top-end">
      <LiveDot />
      {readOnly && version !== '' && <strong>read-only</strong>}
      <span className="soft hide-narrow" title={`version ${version}`}>
        {actor} · {namespace}
      </span>
      <TimesSwitch />
      <ThemeSwitch />
    </div>
  );
}

function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme);
  const change = (): void => {
    const next = nextTheme(theme);
    applyTheme(next);
    setTheme(next);
  };

  return (
    <button type="button" className="quiet" title="Theme" onClick={change}>
      <span className="hide-narrow">Theme: </span>
      {theme}
    </button>
  );
}

function TimesSwitch() {
  const [mode, setMode] = useTimeMode();
  const next = { relative: 'local', local: 'utc', utc: 'relative' } as const;

  return (
    <button type="button" className="quiet" title="How times are told" onClick={() => setMode(next[mode])}>
      <span className="hide-narrow">Times: </span>
      {mode}
    </button>
  );
}
