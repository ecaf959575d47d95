'use strict';

// Loaded by Node before a program of LivePerson Functions (NODE_OPTIONS
// --require): what the program reads from functions/settings.json comes from the
// vault, and what it writes there goes to the vault. The tacit that started the
// program answers on the socket beside this file. Where it cannot be reached,
// reading and writing fail: there is no way back to the file on disk.
//
// fs has calls that must have their answer before they return. A worker thread
// speaks with the socket, and this thread sleeps until it has the answer.

const fs = require('node:fs');
const path = require('node:path');
const threads = require('node:worker_threads');

const KEY = 'tacit.liveperson';
const SOCKET = path.join(__dirname, 'socket');

if (threads.workerData !== null && typeof threads.workerData === 'object' && threads.workerData[KEY]) {
  serveChannel(threads.workerData[KEY]);
} else if (!globalThis[Symbol.for(KEY)]) {
  Object.defineProperty(globalThis, Symbol.for(KEY), { value: true }); // one inside another: the inner one answers
  const { settings, patience } = JSON.parse(fs.readFileSync(path.join(__dirname, 'config.json'), 'utf8'));
  install(settings, new Channel(patience));
}

// Channel is this thread's end of the worker.
function Channel(patience) {
  let port, signal;
  let last = 0;
  const waiting = new Map(); // id → what takes the answer

  function start() {
    const { port1, port2 } = new threads.MessageChannel();
    signal = new Int32Array(new SharedArrayBuffer(4)); // counts the answers
    const worker = new threads.Worker(__filename, {
      workerData: { [KEY]: { port: port2, signal, socket: SOCKET } },
      transferList: [port2],
      execArgv: [], // without the program's own --require, and this one
      env: {},
    });
    worker.unref();
    worker.on('error', () => {}); // who waits for it runs out of patience
    port = port1;
    port.on('message', deliver);
    port.unref();
  }

  function deliver({ id, answer }) {
    const take = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) port.unref();
    if (take) take(answer);
  }

  function post(head, body, take) {
    if (!port) start();
    const id = ++last;
    waiting.set(id, take);
    port.postMessage({ id, head, body });
    return id;
  }

  /** Asks, and sleeps until there is an answer. */
  this.askSync = (head, body) => {
    let answer;
    const id = post(head, body, (a) => (answer = a));
    const end = Date.now() + patience;
    for (;;) {
      const count = Atomics.load(signal, 0);
      for (let m; (m = threads.receiveMessageOnPort(port)); ) deliver(m.message);
      if (answer) return answer;
      if (Date.now() >= end) {
        waiting.delete(id);
        return { gone: 'ETIMEDOUT' };
      }
      Atomics.wait(signal, 0, count, end - Date.now());
    }
  };

  /** Says what has no answer. */
  this.tell = (head) => port.postMessage({ head });

  /** Asks, and keeps the process alive until there is an answer. */
  this.ask = (head, body) =>
    new Promise((resolve) => {
      post(head, body, resolve);
      port.ref();
    });
}

// serveChannel is the worker: it passes on what it is given, one after the
// other, and what comes back.
function serveChannel({ port, signal, socket }) {
  const waiting = []; // ids, in the order in which they were sent
  let connection;
  let rest = Buffer.alloc(0);

  function reply(answer) {
    port.postMessage({ id: waiting.shift(), answer });
    Atomics.add(signal, 0, 1);
    Atomics.notify(signal, 0);
  }

  // An answer is a line of JSON and as many bytes as that says.
  function take(chunk) {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const end = rest.indexOf(10);
      if (end < 0) return;
      const head = JSON.parse(rest.toString('utf8', 0, end));
      if (rest.length < end + 1 + head.bytes) return;
      reply({ head, body: rest.toString('utf8', end + 1, end + 1 + head.bytes) });
      rest = rest.subarray(end + 1 + head.bytes);
    }
  }

  function drop(why) {
    if (connection) connection.destroy();
    connection = undefined;
    rest = Buffer.alloc(0);
    while (waiting.length > 0) reply({ gone: why });
  }

  function connect() {
    checkMine(path.dirname(socket), 0o077);
    checkMine(socket, 0o022);
    const c = require('node:net').connect(socket);
    connection = c;
    c.on('data', (chunk) => {
      try {
        take(chunk);
      } catch {
        drop('EPROTO');
      }
    });
    c.on('error', (err) => c === connection && drop(err.code));
    c.on('close', () => c === connection && drop('ECONNRESET'));
  }

  port.on('message', ({ id, head, body }) => {
    if (id === undefined && !connection) return;
    if (id !== undefined) waiting.push(id);
    try {
      if (!connection) connect();
      const bytes = Buffer.from(body ?? '', 'utf8');
      connection.write(Buffer.concat([Buffer.from(`${JSON.stringify({ ...head, bytes: bytes.length })}\n`), bytes]));
    } catch (err) {
      drop(err.code ?? 'EPROTO');
    }
  });
}

// checkMine refuses what another user could answer in tacit's place.
function checkMine(file, bits) {
  const stat = fs.lstatSync(file);
  if (stat.isSymbolicLink() || stat.uid !== process.geteuid() || stat.mode & bits) {
    throw Object.assign(new Error('not this user’s alone'), { code: 'EPERM' });
  }
}

// install puts the vault in the place of the file.
function install(settings, channel) {
  const base = path.basename(settings);
  const original = { ...fs };
  const promises = { ...fs.promises };
  const realpath = fs.realpathSync.native;
  let complained = false;
  let seen; // what the last read was; a write is held against it

  function isSettings(file) {
    if (file instanceof URL && file.protocol === 'file:') file = require('node:url').fileURLToPath(file);
    else if (file instanceof Uint8Array) file = Buffer.from(file).toString();
    if (typeof file !== 'string' || !file.endsWith(base) || file.includes('\0')) return false;
    const full = path.resolve(file);
    if (full === settings) return true;
    if (path.basename(full) !== base) return false;
    try {
      return path.join(realpath(path.dirname(full)), base) === settings;
    } catch {
      return false;
    }
  }

  // An error as fs has them; the parent has said on standard error what it was.
  function failed(syscall, code, message, hint) {
    const err = new Error(`${code}: ${message}, ${syscall} '${settings}'`);
    return Object.assign(err, { errno: -require('node:os').constants.errno[code], code, syscall, path: settings, hint });
  }

  function judge(syscall, answer) {
    if (answer.gone) {
      const message = 'the vault cannot be reached';
      const hint = 'run the command under tacit liveperson again';
      // [Error]: LivePerson's debugger shows no other lines of its child's.
      if (!complained) process.stderr.write(`[Error] tacit: ${message} (${answer.gone}): ${settings}\n  try: ${hint}\n`);
      complained = true;
      throw failed(syscall, 'EIO', message, hint);
    }
    const { error } = answer.head;
    if (error) throw failed(syscall, error.errno, error.message, error.hint);
    seen = answer.head.seen;
    return answer.body;
  }

  function refuse(syscall, message) {
    return failed(syscall, 'EPERM', `${message}: tacit keeps this file in the vault`);
  }

  const encodingOf = (options) => (typeof options === 'string' ? options : options?.encoding);
  const flagOf = (options) => (typeof options === 'object' && options !== null ? options.flag : undefined);

  function decoded(text, options) {
    const encoding = encodingOf(options);
    if (encoding === 'utf8' || encoding === 'utf-8') return text;
    const bytes = Buffer.from(text, 'utf8');
    return encoding && encoding !== 'buffer' ? bytes.toString(encoding) : bytes;
  }

  function textOf(data, options) {
    const flag = flagOf(options) ?? 'w';
    if (flag === 'wx' || flag === 'xw' || flag === 'wx+' || flag === 'xw+') throw failed('open', 'EEXIST', 'file already exists');
    if (flag !== 'w' && flag !== 'w+') throw refuse('open', 'only the whole file can be written');
    if (typeof data === 'string') return Buffer.from(data, encodingOf(options) ?? 'utf8').toString('utf8');
    if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8');
    original.writeFileSync('', data); // throws: fs says best what data may be
    throw refuse('write', 'this cannot be written');
  }

  // What reads and then writes without a pause is not disturbed by others. Its
  // turn is over when this thread comes to do something else.
  let turn = false;
  function endTurn() {
    turn = false;
    channel.tell({ op: 'done' });
  }

  const read = {
    sync(options) {
      const answer = channel.askSync({ op: 'read', turn: true });
      if (!turn) queueMicrotask(endTurn);
      turn = true;
      return decoded(judge('open', answer), options);
    },
    async: async (options) => decoded(judge('open', await channel.ask({ op: 'read' })), options),
  };

  const write = {
    sync(data, options) {
      judge('open', channel.askSync({ op: 'write', seen }, textOf(data, options)));
    },
    async async(data, options) {
      if (data !== null && typeof data === 'object' && !ArrayBuffer.isView(data) && (data[Symbol.asyncIterator] || data[Symbol.iterator])) {
        const parts = [];
        for await (const part of data) parts.push(Buffer.from(part));
        data = Buffer.concat(parts);
      }
      const text = textOf(data, options);
      judge('open', await channel.ask({ op: 'write', seen }, text));
    },
  };

  // As a file of this user's alone, of the size that it has.
  function statLike(text, options) {
    const stat = original.statSync(path.join(__dirname, 'config.json'), options);
    const size = Buffer.byteLength(text);
    stat.size = typeof stat.size === 'bigint' ? BigInt(size) : size;
    return stat;
  }
  const stat = {
    sync: (options) => statLike(read.sync('utf8'), options),
    async: async (options) => statLike(await read.async('utf8'), options),
  };

  const access = {
    sync(mode) {
      if (mode & fs.constants.X_OK) throw failed('access', 'EACCES', 'permission denied');
    },
    async: async (mode) => access.sync(mode),
  };

  // Each call that names the file goes to ours, every other one to fs.
  function patch(name, { sync, async }) {
    keepLook(fs, `${name}Sync`, (file, ...rest) => (isSettings(file) ? sync(...rest) : original[`${name}Sync`](file, ...rest)));
    keepLook(fs, name, (file, ...rest) => {
      const callback = rest[rest.length - 1];
      if (!isSettings(file) || typeof callback !== 'function') return original[name](file, ...rest);
      async(...rest.slice(0, -1)).then(
        (result) => process.nextTick(callback, null, result),
        (err) => process.nextTick(callback, err),
      );
    });
    keepLook(fs.promises, name, (file, ...rest) => (isSettings(file) ? async(...rest) : promises[name](file, ...rest)));
  }

  for (const [name, calls] of Object.entries({ readFile: read, writeFile: write, stat, lstat: stat, access })) patch(name, calls);
  keepLook(fs, 'existsSync', (file) => isSettings(file) || original.existsSync(file));
  fs.exists = (file, callback) => (isSettings(file) ? process.nextTick(callback, true) : original.exists(file, callback));
  fs.exists[require('node:util').promisify.custom] = async (file) => fs.existsSync(file);
  keepLook(fs, 'createReadStream', (file, options) => {
    if (!isSettings(file)) return original.createReadStream(file, options);
    async function* once() {
      yield await read.async(encodingOf(options) ?? 'buffer');
    }
    return require('node:stream').Readable.from(once(), { objectMode: false });
  });

  // What would leave a file behind, or take one away.
  for (const name of ['appendFile', 'open', 'truncate', 'unlink', 'rm', 'rename', 'copyFile', 'cp', 'link', 'symlink']) {
    const refused = () => refuse(name, 'only reading and writing the whole file is possible');
    const names = (args) => args.slice(0, 2).some(isSettings);
    keepLook(fs, `${name}Sync`, (...args) => {
      if (names(args)) throw refused();
      return original[`${name}Sync`](...args);
    });
    keepLook(fs, name, (...args) => {
      const callback = args[args.length - 1];
      if (!names(args) || typeof callback !== 'function') return original[name](...args);
      process.nextTick(callback, refused());
    });
    keepLook(fs.promises, name, async (...args) => {
      if (names(args)) throw refused();
      return promises[name](...args);
    });
  }
  keepLook(fs, 'createWriteStream', (file, options) => {
    if (isSettings(file)) throw refuse('open', 'only the whole file can be written');
    return original.createWriteStream(file, options);
  });

  const Module = require('node:module');
  Module.syncBuiltinESMExports(); // import { readFileSync } from 'fs'

  // require() looks for files in a way of its own.
  const findPath = Module._findPath;
  Module._findPath = function (request, paths, ...rest) {
    for (const dir of path.isAbsolute(request) ? [''] : paths ?? []) {
      const file = path.resolve(dir, request);
      if (isSettings(file) || isSettings(`${file}.json`)) return settings;
    }
    return findPath.call(this, request, paths, ...rest);
  };
  const loadJSON = Module._extensions['.json'];
  Module._extensions['.json'] = function (module, filename) {
    if (!isSettings(filename)) return loadJSON(module, filename);
    module.exports = JSON.parse(read.sync('utf8'));
  };
}

// keepLook replaces a function by one that has the properties of the old one.
function keepLook(object, name, replacement) {
  const before = object[name];
  if (typeof before !== 'function') return; // an older or newer Node
  Object.defineProperties(replacement, { ...Object.getOwnPropertyDescriptors(before), prototype: {} });
  object[name] = replacement;
}
