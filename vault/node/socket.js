'use strict';

// Where the agent's socket is: the rules are those of the tacit command.

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { SecretError } = require('./error.js');

/** The vault's folder: the one named, $TACIT_VAULT, the nearest .tacit here or above, the default one. */
function findVault(named, env = process.env, cwd = process.cwd()) {
  const given = named || env.TACIT_VAULT;
  if (given) return path.resolve(cwd, given);
  for (let dir = cwd; ; dir = path.dirname(dir)) {
    const found = path.join(dir, '.tacit');
    if (fs.existsSync(path.join(found, 'VAULT'))) return found;
    if (path.dirname(dir) === dir) break;
  }
  const data = absolute(env.XDG_DATA_HOME) || path.join(home(env), '.local', 'share');
  return path.join(data, 'tacit', 'default');
}

/** The folder of this user's sockets. */
function socketDir(env = process.env) {
  const runtime = absolute(env.XDG_RUNTIME_DIR);
  if (runtime) return path.join(runtime, 'tacit');
  const state = absolute(env.XDG_STATE_HOME);
  return state ? path.join(state, 'tacit', 'run') : path.join(home(env), '.local', 'state', 'tacit', 'run');
}

/** The socket of a vault's agent: $TACIT_AGENT, or one called after the vault's real path. */
function findSocket(vault, env = process.env, cwd = process.cwd()) {
  if (env.TACIT_AGENT === 'off') {
    throw new SecretError('locked', 'TACIT_AGENT is off, and this client works through an agent only', { hint: 'tacit unlock' });
  }
  if (env.TACIT_AGENT) return path.resolve(cwd, env.TACIT_AGENT);
  const folder = findVault(vault, env, cwd);
  const real = fs.existsSync(folder) ? fs.realpathSync.native(folder) : folder;
  const name = createHash('sha256').update(real).digest('hex').slice(0, 32);
  return path.join(socketDir(env), `${name}.sock`);
}

/**
 * Refuses a socket, or a folder of it, that is not this user's alone: another
 * user could answer in the agent's place.
 */
function checkSocket(socket) {
  checkMine(path.dirname(socket), (s) => s.isDirectory(), 0o077, 'the folder of the agent’s socket');
  checkMine(socket, (s) => s.isSocket(), 0o022, 'the agent’s socket'); // to connect takes the right to write
}

function checkMine(file, isKind, bits, what) {
  let stat;
  try {
    stat = fs.lstatSync(file);
  } catch (err) {
    if (err.code !== 'ENOENT') throw new SecretError('unsafe', `${what} cannot be looked at: ${err.code}`, { path: file });
    throw new SecretError('locked', 'no agent is running for the vault', { path: file, hint: 'tacit unlock' });
  }
  if (!isKind(stat)) throw new SecretError('unsafe', `${what} is something else, or a link`, { path: file, hint: 'remove it' });
  if (process.geteuid && stat.uid !== process.geteuid()) {
    throw new SecretError('unsafe', `${what} belongs to another user`, { path: file });
  }
  if (stat.mode & bits) throw new SecretError('unsafe', `${what} lets others in`, { path: file, hint: 'remove it, and start the agent anew' });
}

function absolute(dir) {
  return dir && path.isAbsolute(dir) ? dir : '';
}

function home(env) {
  return absolute(env.HOME) || os.homedir();
}

module.exports = { findVault, findSocket, socketDir, checkSocket };
