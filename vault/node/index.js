'use strict';

// The secret client of LivePerson Functions (ISecretClient) over the socket of
// a tacit agent. It has no dependencies, and keeps no value but what
// getUsedSecrets has to tell.

const http = require('node:http');
const { setTimeout: sleep } = require('node:timers/promises');

const { SecretError } = require('./error.js');
const { findSocket, checkSocket } = require('./socket.js');

const NAME = /^[A-Za-z0-9_-]{1,100}$/;
const MAX_ANSWER = 32 << 20; // bytes: a value of 1 MiB UTF-16 units, escaped, with room to spare
const DEFAULT_TIMEOUT = 10_000; // milliseconds, as the next
const DEFAULT_INTERVAL = 2_000;

class SecretClient {
  #socket;
  #timeout;
  #warn;
  #agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
  #used = new Map(); // key → value as JSON text, in order of first use

  /**
   * @param {{socket?: string, vault?: string, timeout?: number, onWarning?: (warning: SecretError) => void}} [options] the
   *   agent's socket, else that of the vault in the folder given, else the one
   *   that the tacit command would use here; milliseconds for each request
   */
  constructor({ socket, vault, timeout = DEFAULT_TIMEOUT, onWarning } = {}) {
    this.#socket = () => socket || findSocket(vault);
    this.#timeout = timeout;
    this.#warn = onWarning ?? ((w) => process.emitWarning(w.message, { type: 'TacitWarning', code: w.code, detail: w.hint }));
  }

  /** Reads a secret. A missing one is a SecretError of code not_found. */
  async readSecret(key) {
    const answer = await this.#request('read', 'GET', pathOf('read', key), { key });
    return this.#remember(key, answer.value);
  }

  /** Gives an existing secret another value: any that JSON can hold. The one that it has is no new version. */
  async updateSecret(entry) {
    return this.#store('update', 'PATCH', entry, { skip_same: true });
  }

  /** One entry for each key that this client has read or updated, with the latest value it saw. */
  getUsedSecrets() {
    return Array.from(this.#used, ([key, text]) => ({ key, value: JSON.parse(text) }));
  }

  /** Stores a new secret. One that exists is a SecretError of code exists, and stays unchanged. */
  async createSecret(entry) {
    return this.#store('create', 'PUT', entry, {}, { 'If-None-Match': '*' });
  }

  /** Deletes a secret. With purge its older versions go too, and it cannot be undone. */
  async deleteSecret(key, { purge = false } = {}) {
    const info = await this.#request('delete', 'DELETE', pathOf('delete', key) + (purge ? '?purge=1' : ''), { key });
    this.#used.delete(key);
    return info;
  }

  /** The names, sorted. The list is proven to be complete. details: with size, time and labels. */
  async listSecrets({ prefix, details, deleted } = {}) {
    const query = new URLSearchParams();
    if (prefix) query.set('prefix', prefix);
    if (details) query.set('details', '1');
    if (deleted) query.set('deleted', '1');
    return (await this.#request('list', 'GET', query.size === 0 ? '/v1/secrets' : `/v1/secrets?${query}`)).secrets;
  }

  /** The versions that are kept, newest first, deletions included. */
  async getHistory(key) {
    return (await this.#request('history', 'GET', `${pathOf('history', key)}/history`, { key })).versions;
  }

  /**
   * Yields {key, version, deleted} for each name whose newest version changes, from the
   * first step on, until the loop is left or signal aborts. The agent is asked every
   * interval milliseconds whether the vault has a new commit, which does not count as a
   * use of it. A request that fails ends the watch with its SecretError.
   */
  async *watchSecrets({ prefix, interval = DEFAULT_INTERVAL, signal } = {}) {
    let commits = await this.#commits();
    let known = await this.#versions(prefix);
    for (;;) {
      try {
        await sleep(interval, undefined, { signal });
      } catch {
        return; // aborted
      }
      const now = await this.#commits();
      if (now === commits) continue;
      const before = known;
      [commits, known] = [now, await this.#versions(prefix)];
      yield* changes(before, known);
    }
  }

  async #commits() {
    return (await this.#request('watch', 'GET', '/v1/status')).vault.commits;
  }

  async #versions(prefix) {
    const list = await this.listSecrets({ prefix, deleted: true });
    return new Map(list.map((i) => [i.name, { key: i.name, version: i.version, deleted: i.deleted === true }]));
  }

  /** Closes the connections. The client can be used again. */
  close() {
    this.#agent.destroy();
  }

  #remember(key, value) {
    const text = JSON.stringify(value);
    this.#used.set(key, text);
    return { key, value: JSON.parse(text) }; // the caller may change what it gets
  }

  async #store(op, method, entry, more, headers) {
    if (entry === null || typeof entry !== 'object') {
      throw new SecretError('invalid_value', 'an entry is {key, value}', { op });
    }
    const { key, value } = entry;
    const path = pathOf(op, key);
    let body;
    try {
      body = JSON.stringify({ key, value, ...more });
    } catch {
      body = undefined; // a cycle, or a BigInt: the message would hold the value
    }
    if (body === undefined || JSON.stringify(value) === undefined) {
      throw new SecretError('invalid_value', 'the value has no form in JSON', { op, key });
    }
    await this.#request(op, method, path, { key, body, headers });
    return this.#remember(key, value);
  }

  async #request(op, method, path, { key, body, headers } = {}) {
    const socketPath = this.#socket();
    checkSocket(socketPath);
    const options = {
      socketPath,
      method,
      path,
      agent: this.#agent,
      timeout: this.#timeout,
      headers: body === undefined ? {} : { ...headers, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) },
    };
    const { status, text } = await sendOften(options, body, { op, key });
    const answer = parse(text, { op, key });
    // What did not stop the request, and should be known.
    for (const w of answer.warnings ?? []) this.#warn(new SecretError(w.code, w.message, { ...w }));
    if (status >= 200 && status < 300) return answer;
    const e = answer.error ?? {};
    throw new SecretError(e.code ?? 'internal', e.message ?? `the agent answered ${status}`, { ...e, op, key });
  }
}

/** What differs between two states, by name. A name that is no longer listed has version 0. */
function* changes(before, after) {
  for (const key of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const now = after.get(key) ?? { key, version: 0, deleted: true };
    const old = before.get(key);
    if (now.version !== old?.version || now.deleted !== old?.deleted) yield now;
  }
}

/** The path of a secret, whose name is checked. */
function pathOf(op, key) {
  if (typeof key !== 'string' || !NAME.test(key)) {
    throw new SecretError('invalid_name', 'not a name', { op, hint: 'a name is 1 to 100 of the characters A-Z a-z 0-9 _ and -' });
  }
  return `/v1/secrets/${key}`;
}

function parse(text, about) {
  try {
    return JSON.parse(text);
  } catch {
    // JSON.parse quotes what it could not read.
    throw new SecretError('internal', 'the agent’s answer is no JSON', about);
  }
}

const TRIES = 4;

/** Sends a request, and again where the agent closed the connection before it read it. */
async function sendOften(options, body, about) {
  for (let n = 1; ; n++) {
    // Again on a connection of its own: those that lie idle may all be closed.
    const answer = await send(n === 1 ? options : { ...options, agent: false }, body, about, n < TRIES);
    if (answer !== AGAIN) return answer;
  }
}

const AGAIN = Symbol('again');

/**
 * Whether a request that failed can be sent again: it changes nothing, or the
 * system says that nobody has read it. A connection that just ended does not say.
 */
function unread(err, request) {
  if (err.code === 'EPIPE') return true;
  return err.code === 'ECONNRESET' && (request.method === 'GET' || err.syscall !== undefined);
}

function send(options, body, about, again) {
  return new Promise((resolve, reject) => {
    const request = http.request(options, (response) => {
      const chunks = [];
      let size = 0;
      response.on('data', (chunk) => {
        size += chunk.length;
        if (size > MAX_ANSWER) request.destroy(new SecretError('internal', 'the agent’s answer is too long', about));
        else chunks.push(chunk);
      });
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve({ status: response.statusCode, text: bytes.toString('utf8') });
        bytes.fill(0);
        for (const chunk of chunks) chunk.fill(0);
      });
      response.on('error', (err) => reject(failed(err, options, about)));
    });
    request.on('timeout', () => request.destroy(new SecretError('busy', 'the agent did not answer in time', { ...about, hint: 'try again' })));
    request.on('error', (err) => {
      if (again && unread(err, request)) resolve(AGAIN);
      else reject(failed(err, options, about));
    });
    request.end(body);
  });
}

function failed(err, { socketPath }, about) {
  if (err instanceof SecretError) return err;
  if (err.code === 'ECONNREFUSED' || err.code === 'ENOENT') {
    return new SecretError('locked', 'no agent is running for the vault', { ...about, path: socketPath, hint: 'tacit unlock' });
  }
  return new SecretError('internal', `the agent broke off: ${err.code ?? 'error'}`, about);
}

module.exports = { SecretClient, SecretError };
