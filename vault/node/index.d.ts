/** Any value that JSON can hold. Numbers are JavaScript's: digits beyond a double's are lost in reading. */
export type Value = string | number | boolean | null | Value[] | { [name: string]: Value };

/** A secret. A value of bytes is {"$base64": "…"}. */
export interface SecretEntry<T = Value> {
  key: string;
  value: T;
}

/** The secret client of LivePerson Functions. */
export interface ISecretClient {
  readSecret<T = Value>(key: string): Promise<SecretEntry<T>>;
  updateSecret<T = Value>(entry: SecretEntry<T>): Promise<SecretEntry<T>>;
  getUsedSecrets(): SecretEntry[];
}

export interface Options {
  /** The agent's socket. Default: that of the vault, or $TACIT_AGENT. */
  socket?: string;
  /** The vault's folder. Default: the one that the tacit command would use here. */
  vault?: string;
  /** Milliseconds to wait for an answer. Default: 10,000. */
  timeout?: number;
  /** Told what did not stop a request. Default: process.emitWarning, of type TacitWarning. */
  onWarning?: (warning: SecretError) => void;
}

/** A version of a secret, without its value. Times are RFC 3339. */
export interface SecretInfo {
  name: string;
  version: number;
  /** The oldest version that is kept. */
  oldest: number;
  kind: 'text' | 'json' | 'bytes' | 'gone';
  /** Bytes of the value; 0 in a list without details. */
  size: number;
  updated?: string;
  deleted?: boolean;
  expires?: string;
  labels?: Record<string, string>;
}

/** A name whose newest version has changed. Version 0: it is no longer listed. */
export interface Change {
  key: string;
  version: number;
  deleted: boolean;
}

export class SecretClient implements ISecretClient {
  constructor(options?: Options);
  readSecret<T = Value>(key: string): Promise<SecretEntry<T>>;
  updateSecret<T = Value>(entry: SecretEntry<T>): Promise<SecretEntry<T>>;
  getUsedSecrets(): SecretEntry[];
  /** Stores a new secret; one that exists is refused with the code exists. */
  createSecret<T = Value>(entry: SecretEntry<T>): Promise<SecretEntry<T>>;
  deleteSecret(key: string, options?: { purge?: boolean }): Promise<SecretInfo>;
  listSecrets(options?: { prefix?: string; details?: boolean; deleted?: boolean }): Promise<SecretInfo[]>;
  /** The versions that are kept, newest first, deletions included. */
  getHistory(key: string): Promise<SecretInfo[]>;
  /** What changes, until the loop is left or signal aborts. Milliseconds between two looks, default 2,000. */
  watchSecrets(options?: { prefix?: string; interval?: number; signal?: AbortSignal }): AsyncGenerator<Change, void, void>;
  /** Closes the connections. The client can be used again. */
  close(): void;
}

export type Code =
  | 'not_found' | 'invalid_name' | 'invalid_value' | 'exists' | 'conflict' | 'no_vault' | 'vault_missing' | 'locked' | 'untrusted'
  | 'wrong_key' | 'denied' | 'swapped' | 'replayed' | 'missing' | 'resurrected' | 'forged' | 'index_tampered'
  | 'slot_tampered' | 'head_forged' | 'rolled_back' | 'forked' | 'unproven' | 'substituted' | 'corrupt' | 'unsafe'
  | 'busy' | 'no_space' | 'read_only' | 'disk_failed' | 'newer' | 'internal';

/** What is to be done, by a name that does not change, and to what. */
export interface Remedy {
  readonly name: string;
  readonly objects?: readonly { readonly kind: string; readonly name: string }[];
  /** Another way. */
  readonly or?: Remedy;
  /** What has to follow. */
  readonly then?: Remedy;
}

/** Every failure of the client. It never holds a value. */
export class SecretError extends Error {
  readonly code: Code;
  readonly op?: string;
  readonly key?: string;
  readonly path?: string;
  /** The way out in words, a command where there is one. */
  readonly hint?: string;
  /** The way out as data, in what the agent answers. */
  readonly remedy?: Remedy;
}
