import { useLocation } from 'wouter';

export type VersionChoiceProps = {
  readonly id: string;
  /** The one that is named; undefined: the one that is started when none is. */
  readonly chosen: string | undefined;
  /** The number of the latter. */
  readonly usual: number;
  readonly versions: readonly number[];
};

/** Which version is started. The form stays filled in. */
export function VersionChoice({ id, chosen, usual, versions }: VersionChoiceProps) {
  const [, navigate] = useLocation();
  const choose = (version: string): void => {
    const name = version === '' ? id : `${id}@${version}`;
    navigate(`/start/${encodeURIComponent(name)}${window.location.search}`, { replace: true });
  };

  return (
    <label className="check">
      Version&nbsp;
      <select value={chosen ?? ''} onChange={(event) => choose(event.target.value)}>
        <option value="">{chosen === undefined ? `as usual (${usual})` : 'as usual'}</option>
        {versions
          .toSorted((one, other) => other - one)
          .map((version) => (
            <option key={version} value={version}>
              {version}
            </option>
          ))}
      </select>
    </label>
  );
}
