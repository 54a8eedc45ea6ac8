/** A secret is there and cannot be read: its key was lost or is another one. The reaction: bring the key back. */
export class SecretUnreadable extends Error {
  override readonly name = 'SecretUnreadable';
  readonly code = 'secret.unreadable';
}

/** The store of the secrets could not be reached for as long as it was tried. The reaction: try later. */
export class SecretsUnavailable extends Error {
  override readonly name = 'SecretsUnavailable';
  readonly code = 'secret.unavailable';
}

/** A file with secrets can be read by others, or does not say what it should. The reaction: mend the file. */
export class SecretFileRefused extends Error {
  override readonly name = 'SecretFileRefused';
  readonly code: 'secret.exposed' | 'secret.bad-file';

  constructor(code: SecretFileRefused['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
